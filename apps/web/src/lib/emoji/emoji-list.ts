export interface Emoji {
  readonly emoji: string;
  readonly name: string;
}

const named = `👍 thumbs up|👎 thumbs down|❤️ red heart|😂 tears of joy|🎉 party popper|🙏 folded hands|👀 eyes|✅ check mark
😀 grinning|😄 smiling eyes|😁 beaming|😅 sweat smile|🙂 slight smile|😉 wink|😊 blush|😍 heart eyes
😘 kiss|😎 sunglasses|🤔 thinking|😐 neutral|🙄 rolling eyes|😬 grimace|😴 sleeping|😮 surprised
😢 crying|😭 sobbing|😡 angry|🤯 mind blown|😱 screaming|🥳 party face|🤗 hug|🤷 shrug
🫡 salute|🤝 handshake|👏 clapping|🙌 raised hands|💪 strong arm|✌️ victory|👋 waving|👌 ok hand
🤞 crossed fingers|👉 pointing right|🔥 fire|💯 hundred|⭐ star|✨ sparkles|💡 light bulb|⚡ high voltage
🚀 rocket|🎯 bullseye|🏆 trophy|📌 pin|📎 paperclip|📣 megaphone|⏰ alarm clock|☕ coffee
🍕 pizza|🍰 cake|🍀 four leaf clover|🌞 sun|🌧️ rain|🐛 bug|🔧 wrench|⚓ anchor
❌ cross mark|❓ question mark|❗ exclamation mark|⚠️ warning|➕ plus|💔 broken heart|💙 blue heart|💚 green heart`;

/** The emoji of the picker, most used first. */
export const emojiList: readonly Emoji[] = named.split(/[|\n]/).map((entry) => {
  const space = entry.indexOf(' ');
  return { emoji: entry.slice(0, space), name: entry.slice(space + 1) };
});

/** What a touch sheet offers at once. */
export const quickEmoji: readonly Emoji[] = emojiList.slice(0, 6);

/** @returns those whose names hold every word of the search. */
export function findEmoji(search: string): readonly Emoji[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return emojiList.filter(({ name }) => words.every((word) => name.includes(word)));
}

/** @returns the name to read out; the sign itself where it has none here. */
export function nameOfEmoji(emoji: string): string {
  return emojiList.find((known) => known.emoji === emoji)?.name ?? emoji;
}
