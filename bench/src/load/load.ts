import { setTimeout as delay } from 'node:timers/promises';
import { nodeOf, type Crowd, type Member, type Place, type System } from './member.ts';
import { quantile } from './quantile.ts';
import { readStamps, stampedText } from './stamp.ts';

/** What a round measured. Latencies, in milliseconds, are from sending to receiving on the other node. */
export interface Round {
  readonly ackedPerSecond: number;
  readonly deliveredPerSecond: number;
  readonly refused: number;
  readonly p50: number;
  readonly p99: number;
}

interface Sender {
  readonly member: Member;
  readonly place: Place;
}

/** Counts from when it is armed; everything before is warm-up. */
class Meter {
  acked = 0;
  refused = 0;
  delivered = 0;
  latencies: number[] = [];
  #since = performance.now();

  arm(): void {
    this.acked = 0;
    this.delivered = 0;
    this.latencies = [];
    this.#since = performance.now();
  }

  read(): Round {
    const seconds = (performance.now() - this.#since) / 1_000;
    return {
      ackedPerSecond: Math.round(this.acked / seconds),
      deliveredPerSecond: Math.round(this.delivered / seconds),
      refused: this.refused,
      p50: quantile(this.latencies, 0.5),
      p99: quantile(this.latencies, 0.99),
    };
  }
}

const warmMs = 2_000;

/** Every sender keeps `inFlight` messages undecided for `seconds`, after a warm-up. @returns what was measured. */
export function closedLoop(system: System, crowd: Crowd, inFlight: number, seconds: number): Promise<Round> {
  return withCrowd(system, crowd, async (senders, meter, running) => {
    const pump = ({ member, place }: Sender): void => {
      if (!running()) return;
      member.send(stampedText(nodeOf(place)), (taken) => {
        count(meter, taken);
        pump({ member, place });
      });
    };
    for (const sender of senders) for (let slot = 0; slot < inFlight; slot += 1) pump(sender);
    await measure(meter, seconds);
  });
}

/** Messages start at a fixed rate, whatever comes back, each from the next sender. @returns what was measured. */
export function openLoop(system: System, crowd: Crowd, perSecond: number, seconds: number): Promise<Round> {
  return withCrowd(system, crowd, async (senders, meter) => {
    const started = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const due = ((performance.now() - started) * perSecond) / 1_000;
      for (; sent < due; sent += 1) {
        const sender = senders[sent % senders.length];
        sender?.member.send(stampedText(nodeOf(sender.place)), (taken) => count(meter, taken));
      }
    }, 1);
    await measure(meter, seconds);
    clearInterval(timer);
  });
}

function count(meter: Meter, taken: boolean): void {
  if (taken) meter.acked += 1;
  else meter.refused += 1;
}

async function measure(meter: Meter, seconds: number): Promise<void> {
  await delay(warmMs);
  meter.arm();
  await delay(seconds * 1_000);
}

/** Connects everybody, runs the load, reads the meter before anybody leaves. */
async function withCrowd(
  system: System,
  crowd: Crowd,
  run: (senders: Sender[], meter: Meter, running: () => boolean) => Promise<void>,
): Promise<Round> {
  const meter = new Meter();
  let running = true;
  const connected: Sender[] = [];
  for (let conversation = 0; conversation < crowd.conversations; conversation += 1)
    connected.push(
      ...(await Promise.all(
        Array.from({ length: crowd.members }, async (_, index) => {
          const place = { conversation, member: index };
          return { place, member: await system.connect(place, (frame) => hear(meter, place, frame)) };
        }),
      )),
    );
  await run(
    connected.filter(({ place }) => place.member < crowd.senders),
    meter,
    () => running,
  );
  const round = meter.read();
  running = false;
  await delay(500);
  for (const { member } of connected) member.close();
  return round;
}

/** One latency in sixteen is kept: enough for a p99, and the generator stays cheap. */
function hear(meter: Meter, place: Place, frame: string): void {
  readStamps(frame, (node, milliseconds) => {
    meter.delivered += 1;
    if (node !== nodeOf(place) && (meter.delivered & 15) === 0) meter.latencies.push(milliseconds);
  });
}
