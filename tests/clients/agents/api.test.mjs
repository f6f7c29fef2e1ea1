// The nine methods of @posthog/agent's API client that agents call, and a stream as its desktop app reads it.
import assert from "node:assert/strict";
import test from "node:test";

const { CLIENT, SERVER, KEY, PROJECT } = process.env;
const { PostHogAPIClient } = await import(CLIENT);
const client = new PostHogAPIClient({
  apiUrl: SERVER,
  projectId: Number(PROJECT),
  getApiKey: async () => KEY,
});
const call = async (method, path, body) => {
  const response = await fetch(`${SERVER}/api/projects/${PROJECT}/${path}`, {
    method,
    headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return response.json();
};
const started = async (said = {}) => {
  const task = await call("POST", "tasks/", { title: "Fix login", ...said });
  const run = (await call("POST", `tasks/${task.id}/run/`)).latest_run;
  return { task, run };
};
const entry = (message) => ({
  type: "notification",
  timestamp: new Date().toISOString(),
  notification: { jsonrpc: "2.0", method: "_posthog/console", params: { level: "info", message } },
});

test("getTask and getTaskRun", async () => {
  const { task, run } = await started();

  const shown = await client.getTask(task.id);
  const alone = await client.getTaskRun(task.id, run.id);

  assert.equal(shown.title, "Fix login");
  assert.deepEqual(shown.latest_run, run);
  assert.deepEqual(alone, run);
});

test("updateTaskRun", async () => {
  const { task, run } = await started();

  await client.updateTaskRun(task.id, run.id, { status: "in_progress", state: { a: 1 } });
  const ended = await client.updateTaskRun(task.id, run.id, { status: "completed", output: { pr_url: "u" } });

  assert.equal(ended.status, "completed");
  assert.deepEqual(ended.state, { mode: "background", a: 1 });
  assert.deepEqual(ended.output, { pr_url: "u" });
  assert.ok(ended.completed_at);
});

test("setTaskRunOutput, which sends what it is given as the body", async () => {
  const { task, run } = await started();

  const bare = await client.setTaskRunOutput(task.id, run.id, { pr_url: "u" });
  const wrapped = await client.setTaskRunOutput(task.id, run.id, { output: { pr_url: "v" } });

  assert.deepEqual(bare.output, { pr_url: "u" });
  assert.deepEqual(wrapped.output, { pr_url: "v" });
});

test("appendTaskRunLog and fetchTaskRunLogs", async () => {
  const { task, run } = await started();
  const entries = [entry("first"), entry("second")];
  assert.deepEqual(await client.fetchTaskRunLogs(run), []);

  const shown = await client.appendTaskRunLog(task.id, run.id, entries);

  assert.equal(shown.id, run.id);
  assert.deepEqual(await client.fetchTaskRunLogs(run), entries);
});

test("relayMessage", async () => {
  const { task, run } = await started();

  await client.relayMessage(task.id, run.id, "hello", ["hello"], "message-1");
});

test("uploadTaskArtifacts and downloadArtifact", async () => {
  const { task, run } = await started();
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, number) => number % 256));
  await client.uploadTaskArtifacts(task.id, run.id, [{ name: "before.txt", type: "plan", content: "x" }]);

  const uploaded = await client.uploadTaskArtifacts(task.id, run.id, [
    { name: "a.txt", type: "output", content: "héllo" },
    { name: "b.bin", type: "output", content: bytes.toString("base64"), content_encoding: "base64" },
  ]);

  assert.deepEqual(uploaded.map((file) => file.name), ["a.txt", "b.bin"]);
  const text = await client.downloadArtifact(task.id, run.id, uploaded[0].storage_path);
  const binary = await client.downloadArtifact(task.id, run.id, uploaded[1].storage_path);
  assert.equal(Buffer.from(text).toString(), "héllo");
  assert.deepEqual(Buffer.from(binary), bytes);
});

test("prepareTaskArtifactUploads and finalizeTaskArtifactUploads", async () => {
  const { task, run } = await started();
  const [prepared] = await client.prepareTaskArtifactUploads(task.id, run.id, [
    { name: "c.txt", type: "output", size: 5 },
  ]);
  const form = new FormData();
  for (const [name, value] of Object.entries(prepared.presigned_post.fields)) form.append(name, value);
  form.append("file", new Blob(["hello"]));
  const posted = await fetch(prepared.presigned_post.url, { method: "POST", body: form });
  assert.equal(posted.status, 204);

  const [final] = await client.finalizeTaskArtifactUploads(task.id, run.id, [prepared]);

  assert.equal(final.size, 5);
  const bytes = await client.downloadArtifact(task.id, run.id, final.storage_path);
  assert.equal(Buffer.from(bytes).toString(), "hello");
});

test("what is not there is told as such", async () => {
  await assert.rejects(client.getTask("00000000-0000-0000-0000-000000000001"), /\[404\].*not_found/);
});

test("a stream arrives as it happens, and goes on where it ended", async () => {
  const { task, run } = await started();
  const watch = async (headers = {}) => {
    const path = `${SERVER}/api/projects/${PROJECT}/tasks/${task.id}/runs/${run.id}/stream/`;
    const response = await fetch(path, { headers: { Authorization: `Bearer ${KEY}`, ...headers } });
    assert.equal(response.status, 200);
    return response.body.pipeThrough(new TextDecoderStream()).getReader();
  };
  const until = async (reader, wanted) => {
    let text = "";
    while (!text.includes(wanted)) {
      const { value, done } = await reader.read();
      assert.ok(!done, `the stream ended without ${wanted}: ${text}`);
      text += value;
    }
    return text;
  };
  await client.appendTaskRunLog(task.id, run.id, [entry("first")]);
  const reader = await watch();
  const began = await until(reader, "first");

  await client.appendTaskRunLog(task.id, run.id, [entry("second")]);
  const went = await until(reader, "second");
  await reader.cancel();

  assert.match(began, /"type":"task_run_state"/);
  assert.match(went, /id: 1\n/);
  await client.updateTaskRun(task.id, run.id, { status: "completed" });
  const rest = await until(await watch({ "Last-Event-ID": "0" }), "stream_end");
  assert.ok(rest.includes("second") && !rest.includes("first"));
});
