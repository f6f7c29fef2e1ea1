// Parses a calendar with ical.js: node feed.mjs <ical.js> <file>; prints its events as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [library, file] = process.argv.slice(2);
const { default: ICAL } = await import(pathToFileURL(library));

const calendar = new ICAL.Component(ICAL.parse(readFileSync(file, "utf8")));
// Not ICAL.Event: each of them looks through all of its siblings for exceptions to itself.
const events = calendar.getAllSubcomponents("vevent").map((event) => {
    const start = event.getFirstPropertyValue("dtstart");
    return {
        uid: event.getFirstPropertyValue("uid"),
        sequence: event.getFirstPropertyValue("sequence"),
        summary: event.getFirstPropertyValue("summary"),
        start: start.isDate ? start.toString() : start.toJSDate().toISOString(),
    };
});
console.log(JSON.stringify(events));
