// Unusual names that the server accepts for an account.

export const ODD_NAMES = {
  markup: `<img src=x onerror="document.title='run'"> & <script>document.title='run'</script>`,
  long: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter",
  emoji: "👩🏽‍👩🏿‍👧🏻‍👦🏼 🇧🇷🇺🇦🏴󠁧󠁢󠁷󠁬󠁳󠁿 👩‍❤️‍💋‍👨",
  "right-to-left": "ليلى حداد (مديرة)",
  /** Both directions, and punctuation that belongs to neither. */
  mixed: "(שלום) Ada Lovelace, ליידי 3!",
  accents: "Z̷͉̈́a̴̡͝l̵̰̀g̶̢͂o̵͚͝ Ã̧̛",
};
