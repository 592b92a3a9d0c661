// Finished visits on the device's disk, until the server has them. A visit is "due", or "aside" for staff when the
// server refused it; it is deleted only after the server stored it. What somebody declined waits here too.
const NAME = "compati";
const STORE = "visits";
const PATIENCE = 10_000;

function openAsItIs() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("The queue is blocked by another page."));
  });
}

const deleted = () => new Promise((resolve, reject) => {
  const request = indexedDB.deleteDatabase(NAME);
  request.onsuccess = resolve;
  request.onerror = () => reject(request.error);
  request.onblocked = () => reject(new Error("The queue is blocked by another page."));
});

// A database without its store holds nothing that could be lost: it is made anew.
async function open() {
  const database = await openAsItIs();
  if (database.objectStoreNames.contains(STORE)) return database;
  database.close();
  await deleted();
  return openAsItIs();
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
function promptly(promise) {
  let timer;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("The device's storage does not answer.")), PATIENCE);
  });
  return Promise.race([promise, silence]).finally(() => clearTimeout(timer));
}

// What this page has put on the disk and not yet seen delivered. Should the disk lose it meanwhile (storage cleared, or
// made anew after damage), it is put there again: the server takes a uuid once, so once too often does no harm.
const held = new Map();

async function keep(entry) {
  await promptly(transact("readwrite", (store) => store.put(entry)));
  held.set(entry.id, entry);
}

export const keepVisit = (id, payload) => keep({ id, payload, state: "due" });

export const keepDecline = (id, payload) => keep({ id, payload, state: "due", kind: "decline" });

export async function dropVisit(id) {
  held.delete(id);
  await promptly(transact("readwrite", (store) => store.delete(id)));
}

export async function setAside(visit, problem) {
  await promptly(transact("readwrite", (store) => store.put({ ...visit, state: "aside", problem })));
  held.delete(visit.id);
}

// Everything that can be read: an entry that the disk gives back no more must not hold up the others.
async function readable() {
  try {
    return await promptly(transact("readonly", (store) => store.getAll()));
  } catch {
    const keys = await promptly(transact("readonly", (store) => store.getAllKeys()));
    const read = await Promise.allSettled(keys.map((key) => promptly(transact("readonly", (store) => store.get(key)))));
    return read.map(({ status, value }, place) =>
      (status === "fulfilled" && value ? value : { id: keys[place], state: "aside", problem: "This entry cannot be read." }));
  }
}

export async function allVisits() {
  const found = await readable();
  const there = new Set(found.map(({ id }) => id));
  const lost = [...held.values()].filter(({ id }) => !there.has(id));
  await Promise.allSettled(lost.map(keep));
  return [...found, ...lost];
}

// Take a saved queue back in, each entry to be sent (again): the server takes a uuid once. Returns how many there were.
export async function restoreVisits(visits) {
  const sound = visits.filter((each) => typeof each?.id === "string" && each.payload && typeof each.payload === "object");
  for (const { id, payload, kind } of sound) {
    await (kind === "decline" ? keepDecline(id, payload) : keepVisit(id, payload));
  }
  return sound.length;
}
