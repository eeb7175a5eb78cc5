// What arrives at a client, kept until somebody asks for it.
export const patience = 20_000;

export class Mailbox {
  #kept = [];
  #waiting = [];

  take(item) {
    const index = this.#waiting.findIndex(({ match }) => match(item));
    if (index < 0) this.#kept.push(item);
    else this.#waiting.splice(index, 1)[0].take(item);
  }

  /** How many there are that nobody has asked for. */
  count(match) {
    return this.#kept.filter(match).length;
  }

  next(what, match) {
    const index = this.#kept.findIndex(match);
    if (index >= 0) return Promise.resolve(this.#kept.splice(index, 1)[0]);
    return within(
      what,
      new Promise((take) => {
        this.#waiting.push({ match, take });
      }),
    );
  }
}

/** The promise's outcome, or a failure that says what was waited for. */
export async function within(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A failure that has the condition which the server named. */
export class Refusal extends Error {
  constructor(condition) {
    super(`refused: ${condition}`);
    this.condition = condition;
  }
}
