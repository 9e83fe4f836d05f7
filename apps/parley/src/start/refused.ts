/** A start that must not go on. The message is one clear sentence or two: what is wrong and what to do. */
export class Refused extends Error {
  override readonly name = 'Refused';
}
