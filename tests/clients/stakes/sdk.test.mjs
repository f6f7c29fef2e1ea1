// Every function of @taskratchet/sdk that speaks to /api2, as its web app calls it. Only fetch is redirected.
import assert from "node:assert/strict";
import test from "node:test";

const { SDK, SERVER, PROCESSOR, OWNER_KEY, WALKER_KEY, POOR_KEY } = process.env;
const THEIRS = "https://api.taskratchet.com/";

const kept = new Map();
globalThis.window = {
  localStorage: {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => kept.set(name, String(value)),
    removeItem: (name) => kept.delete(name),
  },
};
const really = globalThis.fetch;
const calls = [];
globalThis.fetch = (url, options) => {
  assert.ok(url.startsWith(THEIRS), `the client called ${url}`);
  calls.push(`${options.method} /${url.slice(THEIRS.length)}`);
  return really(`${SERVER}/${url.slice(THEIRS.length)}`, options);
};

const sdk = await import(SDK);
const as = (key) => sdk.setAuthTokenGetter(() => key);
const due = Math.floor(Date.now() / 1000) + 7 * 86400;
const add = (changes = {}) => sdk.addTask({ task: "Take out the trash", due, cents: 100, ...changes });
const shown = async (id) => (await sdk.getTasks({ page: 0 })).find((task) => task.id === id);

test("every export is known, so that none of /api2 is left out", () => {
  const api2 = ["addTask", "editTask", "getCheckoutSession", "getMe", "getTasks", "resetApiToken", "updateMe", "updateTask"];
  const api1 = ["getTimezones", "login", "register", "requestResetEmail", "resetPassword", "updatePassword"];
  const own = [
    "getAuthToken", "getSession", "logout", "publishSession", "setAuthTokenGetter",
    "subscribeToApiActivity", "subscribeToSession", "unsubscribeFromApiActivity", "unsubscribeFromSession",
  ];
  assert.deepEqual(Object.keys(sdk).sort(), [...api2, ...api1, ...own].sort());
});

test("case 3: getMe", async () => {
  as(OWNER_KEY);

  const me = await sdk.getMe();

  assert.equal(me.email, "owner@example.com");
  assert.equal(typeof me.id, "string");
  assert.deepEqual(me.integrations, {});
  assert.equal(me.has_stripe_customer, false);
});

test("case 3: a bad key ends the stored session", async () => {
  kept.set("email", "owner@example.com").set("token", "old");
  const told = [];
  const hear = (session) => told.push(session);
  sdk.subscribeToSession(hear);
  as("tr2_1_" + "0".repeat(40));

  await assert.rejects(sdk.getMe(), { message: "Failed to get me" });

  sdk.unsubscribeFromSession(hear);
  assert.deepEqual([...kept], []);
  assert.deepEqual(told, [undefined]);
  assert.equal(sdk.getSession(), undefined);
});

test("without a key nothing is called", async () => {
  as(null);
  const before = calls.length;

  await assert.rejects(sdk.getMe(), { message: "User not logged in" });

  assert.equal(calls.length, before);
});

test("case 7: updateMe merges the Beeminder connection", async () => {
  as(OWNER_KEY);

  const response = await sdk.updateMe({ beeminder_user: "jon", beeminder_token: "s3cret-token" });
  await sdk.updateMe({ beeminder_goal_new_tasks: "tr_tasks" });

  assert.equal(response.status, 200);
  assert.ok(!(await response.text()).includes("s3cret"));
  assert.deepEqual((await sdk.getMe()).integrations, { beeminder: { user: "jon", goal_new_tasks: "tr_tasks" } });
  await assert.rejects(sdk.updateMe({ beeminder_goal_new_tasks: "bad name!" }), { message: "Failed to update me" });
  await sdk.updateMe({ beeminder_user: null, beeminder_token: null, beeminder_goal_new_tasks: null });
  assert.deepEqual((await sdk.getMe()).integrations, {});
});

test("case 8: a card by getCheckoutSession", async () => {
  as(OWNER_KEY);

  const session = await sdk.getCheckoutSession({ success_url: "https://app.example/ok", cancel_url: "https://app.example/no" });
  await sdk.updateMe({ checkout_session_id: session.id });
  const paid = await really(`${PROCESSOR}/c/pay/${session.id}`, {
    method: "POST",
    body: new URLSearchParams({ card: "pm_card_visa" }),
    redirect: "manual",
  });

  assert.deepEqual(Object.keys(session), ["id"]);
  assert.equal(paid.status, 303);
  assert.equal((await sdk.getMe()).has_stripe_customer, true);
});

test("case 9: addTask", async () => {
  as(OWNER_KEY);

  const { id, ...rest } = await add();

  assert.match(id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(rest, { task: "Take out the trash", due, cents: 100, complete: false, status: "pending" });
  await assert.rejects(add({ cents: 99 }), { message: "Failed to add task" });
  await assert.rejects(add({ due: 1 }), { message: "Failed to add task" });
});

test("case 13: getTasks, page by page", async () => {
  as(WALKER_KEY);
  for (let number = 0; number < 45; number += 1) await add({ task: `Task ${number}`, due: due + number });

  const pages = [];
  for (let page = 0; page < 4; page += 1) pages.push(await sdk.getTasks({ page }));

  assert.deepEqual(pages.map((page) => page.length), [20, 20, 5, 0]);
  assert.equal(new Set(pages.flat().map((task) => task.id)).size, 45);
  assert.equal(pages[0][0].task, "Task 44");
  assert.deepEqual(await sdk.getTasks(), pages[0]);
});

test("case 16: updateTask completes and reopens", async () => {
  as(OWNER_KEY);
  const task = await add();

  const done = await (await sdk.updateTask(task.id, { complete: true })).json();
  const open = await (await sdk.updateTask(task.id, { complete: false })).json();

  assert.deepEqual(done, { ...task, complete: true, status: "complete" });
  assert.deepEqual(open, task);
});

test("case 18: editTask raises and hastens", async () => {
  as(OWNER_KEY);
  const task = await add();

  assert.deepEqual(await sdk.editTask(task.id, due, 500), { ...task, cents: 500 });
  assert.deepEqual(await sdk.editTask(task.id, due - 60, 500), { ...task, cents: 500, due: due - 60 });
});

test("case 19: editTask says why not", async () => {
  as(OWNER_KEY);
  const task = await add({ cents: 300 });
  const reason = { message: '{"error":"A task with an open stake cannot be made easier."}' };

  await assert.rejects(sdk.editTask(task.id, due, 200), reason);
  await assert.rejects(sdk.editTask(task.id, due + 60, 500), reason);
  await assert.rejects(sdk.editTask(task.id, due, 50), { message: "Unprocessable Entity" });
  assert.deepEqual(await shown(task.id), task);
});

test("case 23: updateTask gives up once", async () => {
  as(POOR_KEY);
  const task = await add();

  const first = await sdk.updateTask(task.id, { uncle: true });
  const second = await sdk.updateTask(task.id, { uncle: true });

  assert.deepEqual([first.status, second.status], [200, 409]);
  assert.deepEqual(await shown(task.id), { ...task, status: "expired", chargeStatus: "notified" });
  assert.equal((await sdk.updateTask(task.id, { complete: true })).status, 422);
});

test("activity is told while a call is under way", async () => {
  as(POOR_KEY);
  const told = [];
  const hear = (isActive) => told.push(isActive);
  sdk.subscribeToApiActivity(hear);

  await sdk.getTasks();

  sdk.unsubscribeFromApiActivity(hear);
  assert.deepEqual(told, [false, true, false]);
});

test("case 36: resetApiToken", async () => {
  as(POOR_KEY);

  const fresh = await sdk.resetApiToken();

  await assert.rejects(sdk.getMe(), { message: "Failed to get me" });
  as(fresh);
  assert.equal(await sdk.getAuthToken(), fresh);
  assert.equal((await sdk.getMe()).email, "poor@example.com");
  as("nothing");
  await assert.rejects(sdk.resetApiToken(), { message: 'Failed to reset API token (403 Forbidden): {"error":"Forbidden"}' });
});

test("only /api2 was called", () => {
  assert.deepEqual(calls.filter((call) => !/^[A-Z]+ \/api2\//.test(call)), []);
});
