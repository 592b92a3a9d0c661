// Finished visits on the device's disk, until the server has them. A visit is "due", or "aside" for staff when the
// server refused it; it is deleted only after the server stored it. What somebody declined waits here too.
const NAME = "compati";
const STORE = "visits";
const PATIENCE = 10_000;

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("The queue is blocked by another page."));
  });
}

// Resolves with the request's result only when the transaction is complete, for writes: flushed to disk.
async function transact(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error("The device's storage refused."));
      transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

// A broken storage may say nothing at all; a patient is waiting, so silence counts as failure.
const promptly = (promise) => Promise.race([
  promise,
  new Promise((_, reject) => { setTimeout(() => reject(new Error("The device's storage does not answer.")), PATIENCE); }),
]);

export const keepVisit = (id, payload) => promptly(transact("readwrite", (store) => store.put({ id, payload, state: "due" })));

export const keepDecline = (id, payload) =>
  promptly(transact("readwrite", (store) => store.put({ id, payload, state: "due", kind: "decline" })));

export const dropVisit = (id) => transact("readwrite", (store) => store.delete(id));

export const setAside = (visit, problem) => transact("readwrite", (store) => store.put({ ...visit, state: "aside", problem }));

export const allVisits = () => transact("readonly", (store) => store.getAll());

// Take a saved queue back in, each entry to be sent (again): the server takes a uuid once. Returns how many there were.
export async function restoreVisits(visits) {
  const sound = visits.filter((each) => typeof each?.id === "string" && each.payload && typeof each.payload === "object");
  for (const { id, payload, kind } of sound) {
    await (kind === "decline" ? keepDecline(id, payload) : keepVisit(id, payload));
  }
  return sound.length;
}
