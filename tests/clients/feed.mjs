// Parses a calendar with ical.js: node feed.mjs <ical.js> <file>; prints its events as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [library, file] = process.argv.slice(2);
const { default: ICAL } = await import(pathToFileURL(library));

const calendar = new ICAL.Component(ICAL.parse(readFileSync(file, "utf8")));
const events = calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    const { startDate: start } = event;
    return {
        uid: event.uid,
        sequence: event.sequence,
        summary: event.summary,
        start: start.isDate ? start.toString() : start.toJSDate().toISOString(),
    };
});
console.log(JSON.stringify(events));
