import type { Crowd, Person } from './crowd.ts';
import type { Figures } from './field.ts';

/**
 * How long clients were without news: from the moment a client's connection is gone to the first event that it takes
 * over a new one. To be used under load only, where every client has something to hear several times a second.
 */
export class ResumeWatch {
  readonly #took: number[] = [];

  constructor(crowd: Crowd) {
    for (const person of crowd.people) this.#watch(person, crowd);
  }

  /** In milliseconds; `resumes`: how many there were. */
  figures(): Figures {
    const took = this.#took.toSorted((a, b) => a - b);
    const p99 = took[Math.ceil(took.length * 0.99) - 1] ?? 0;
    return { resumes: took.length, resumeP99Ms: Math.round(p99), resumeMaxMs: Math.round(took.at(-1) ?? 0) };
  }

  #watch({ client }: Person, { rooms }: Crowd): void {
    let since: number | null = null;
    client.on('connection', () => {
      if (client.connection.state !== 'online') since ??= performance.now();
    });
    for (const { conversationId, people } of rooms) {
      if (!people.some((person) => person.client === client)) continue;
      let { complete } = client.timeline(conversationId);
      client.onTimeline(conversationId, (timeline) => {
        if (timeline.complete === complete) return;
        complete = timeline.complete;
        if (since === null || client.connection.state !== 'online') return;
        this.#took.push(performance.now() - since);
        since = null;
      });
    }
  }
}
