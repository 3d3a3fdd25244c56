// Draws random DiceBear avatars for the Practice base and describes each one in words.
//
//   node dicebear.mjs NODE_MODULES OUT.jsonl [COUNT]
//
// NODE_MODULES holds @dicebear/core@9 and @dicebear/collection@9. COUNT avatars of each style are drawn (500).
// Each line of OUT: {set, name, subject, details: [words], character: string|null, svg}. The same every time.

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modulesDir, outPath, countText = '500'] = process.argv.slice(2);
if (!outPath) {
  console.error('usage: node dicebear.mjs NODE_MODULES OUT.jsonl [COUNT]');
  process.exit(2);
}

const load = (name) => import(pathToFileURL(path.resolve(modulesDir, '@dicebear', name, 'lib/index.js')));
const { createAvatar } = await load('core');
const collection = await load('collection');

const TRAINED = [
  'micah', 'miniavs', 'personas', 'bigSmile', 'openPeeps', 'notionists',
  'pixelArt', 'funEmoji', 'thumbs', 'croodles', 'bigEars',
];
// Kept new to the base, so that a LoRA can learn their style or one of their characters.
const UNSEEN = ['adventurer', 'toonHead'];
const CHARACTERS_PER_STYLE = 4;
const PICTURES_PER_CHARACTER = 24;

// Parts that say WHO a character is; everything else (expression, clothes, glasses) varies.
const IDENTITY_PARTS = [
  'hair', 'hairColor', 'skinColor', 'head', 'nose', 'rearHair', 'beard', 'body', 'base', 'features',
];
// Named after somebody else's characters: not drawn.
const EXCLUDED_OPTIONS = new Set(['sailormoonCrown']);
// Drawn without the word.
const UNSAID_OPTIONS = new Set([
  'dannyPhantom', 'dougFunny', 'mrT', 'mrClean', 'elvis', 'freddy',
  'base', 'default', 'normal', 'eyes', // these say nothing
]);

const COLOURS = {
  black: [20, 20, 20], white: [250, 250, 250], grey: [140, 140, 140], red: [210, 45, 45], orange: [240, 140, 40],
  yellow: [245, 215, 80], blond: [225, 190, 120], brown: [110, 70, 40], 'dark brown': [60, 35, 20],
  'light brown': [170, 120, 80], green: [70, 170, 80], teal: [60, 170, 170], blue: [70, 110, 220],
  'light blue': [150, 200, 245], purple: [130, 70, 190], pink: [245, 150, 180], beige: [240, 210, 180],
  tan: [210, 160, 120],
};

let randomState = 12345;

function random() {
  randomState = (randomState * 1103515245 + 12345) & 0x7fffffff;
  return randomState / 0x7fffffff;
}

function pick(options) {
  return options[Math.floor(random() * options.length)];
}

function colourName(hex) {
  const rgb = [0, 2, 4].map((start) => parseInt(hex.slice(start, start + 2), 16));
  const distance = ([, other]) => other.reduce((sum, value, channel) => sum + (value - rgb[channel]) ** 2, 0);
  return Object.entries(COLOURS).reduce((best, next) => (distance(next) < distance(best) ? next : best))[0];
}

// "shortCombover2" becomes "short combover"; "variant07" says nothing and becomes "".
function optionWords(option) {
  if (!option || /^variant/i.test(option) || UNSAID_OPTIONS.has(option)) return '';
  return option.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/\d+/g, ' ').toLowerCase().replace(/\s+/g, ' ').trim();
}

function chanceOf(part) {
  if (/^(hair|rearHair)Probability$/.test(part)) return 0.95;
  return /glasses|accessories/i.test(part) ? 0.35 : 0.2;
}

// One value for every part of a style. `fixed` holds the parts that must not vary.
function chooseParts(style, fixed = {}) {
  const parts = {};
  for (const [part, schema] of Object.entries(style.schema.properties ?? {})) {
    if (part in fixed) {
      parts[part] = fixed[part];
    } else if (part.endsWith('Probability')) {
      parts[part] = random() < chanceOf(part) ? 100 : 0;
    } else if (schema.items?.enum) {
      parts[part] = pick(schema.items.enum.filter((option) => !EXCLUDED_OPTIONS.has(option)));
    } else if (part.endsWith('Color') && schema.type === 'array') {
      const colours = (schema.default ?? []).filter((colour) => colour !== 'transparent');
      if (colours.length) parts[part] = pick(colours);
    }
  }
  return parts;
}

function hairWords(parts, isShown) {
  if (parts.hairColor && isShown('hair')) {
    const shape = optionWords(parts.hair).replace(/ ?hair$/, '');
    return `${colourName(parts.hairColor)} ${shape} hair`.replace(/\s+/g, ' ');
  }
  if (parts.topColor) return `${colourName(parts.topColor)} hair`;
  if (optionWords(parts.hair)) return `${optionWords(parts.hair)} hair`;
  return optionWords(parts.head);
}

// The details a caption may name, most telling first.
function describe(parts) {
  const isShown = (part) => part in parts && parts[`${part}Probability`] !== 0;
  const skin = parts.skinColor ?? parts.baseColor;
  const clothes = parts.clothingColor ?? parts.shirtColor ?? parts.bodyColor ?? parts.clothesColor;
  const details = [hairWords(parts, isShown)];
  if (skin) details.push(`${colourName(skin)} skin`);
  if (parts.shapeColor) details.push(`${colourName(parts.shapeColor)} body`);
  if (clothes) details.push(`${colourName(clothes)} clothes`);
  if (isShown('glasses')) details.push('glasses');
  if (isShown('accessories')) details.push(optionWords(parts.accessories) || 'accessories');
  if (['beard', 'facialHair', 'mustache'].some(isShown)) details.push('beard');
  for (const part of ['earrings', 'hat']) if (isShown(part)) details.push(part);
  const mouth = optionWords(parts.mouth);
  const eyes = optionWords(parts.eyes);
  if (mouth) details.push(`${mouth} mouth`);
  if (eyes) details.push(`${eyes} eyes`);
  if (optionWords(parts.face)) details.push(optionWords(parts.face));
  return details.filter(Boolean);
}

function drawSvg(setName, parts) {
  const options = { seed: 'practice-base', size: 128, backgroundColor: ['transparent'] };
  for (const [part, value] of Object.entries(parts)) options[part] = part.endsWith('Probability') ? value : [value];
  // A fun emoji's face IS its background: without it eyes and mouth hang in the air.
  if (setName === 'funEmoji') Object.assign(options, { radius: 50 });
  else options.backgroundColor = ['transparent'];
  return createAvatar(collection[setName], options).toString().replace(/<metadata.*?<\/metadata>/s, '');
}

function subjectOf(setName, parts) {
  if (setName === 'thumbs') return 'thumb character';
  if (setName === 'funEmoji') return `${colourName(parts.backgroundColor)} funny face`;
  return 'person';
}

const lines = [];

function emit(setName, name, parts, character = null) {
  lines.push(JSON.stringify({
    set: setName,
    name,
    subject: subjectOf(setName, parts),
    details: describe(parts),
    character,
    svg: drawSvg(setName, parts),
  }));
}

for (const setName of [...TRAINED, ...UNSEEN]) {
  for (let index = 0; index < Number(countText); index += 1) {
    emit(setName, `${setName}-${index}`, chooseParts(collection[setName]));
  }
}
for (const setName of UNSEEN) {
  for (let who = 0; who < CHARACTERS_PER_STYLE; who += 1) {
    const model = chooseParts(collection[setName]);
    const isIdentity = (part) => IDENTITY_PARTS.includes(part.replace(/Probability$/, ''));
    const identity = Object.fromEntries(Object.entries(model).filter(([part]) => isIdentity(part)));
    const character = `${setName}-character-${who}`;
    for (let index = 0; index < PICTURES_PER_CHARACTER; index += 1) {
      emit(setName, `${character}-${index}`, chooseParts(collection[setName], identity), character);
    }
  }
}
fs.writeFileSync(outPath, `${lines.join('\n')}\n`);
console.log(`${lines.length} avatars in ${outPath}`);
