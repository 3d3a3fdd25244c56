// Draws one DiceBear "adventurer" in many moods, for the character sample project.
//
//   node draw_character.mjs NODE_MODULES < LOOKS.json > DRAWINGS.json
//
// LOOKS is a list of {mouth, eyes, eyebrows, glasses}, each the two digits of a variant; glasses may be null.
// DRAWINGS is the list of their SVG texts. Hair, its colour and the skin never change: they are who she is.

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const load = (name) =>
  import(pathToFileURL(path.resolve(process.argv[2], '@dicebear', name, 'lib/index.js')));
const { createAvatar } = await load('core');
const adventurer = await load('adventurer');

const IDENTITY = { hair: ['long16'], hairColor: ['ab2a18'], skinColor: ['f2d3b1'] };
const variant = (digits) => [`variant${digits}`];

function draw({ mouth, eyes, eyebrows, glasses }) {
  return createAvatar(adventurer, {
    ...IDENTITY,
    seed: 'mirafox',
    mouth: variant(mouth),
    eyes: variant(eyes),
    eyebrows: variant(eyebrows),
    glasses: variant(glasses ?? '01'),
    glassesProbability: glasses ? 100 : 0,
    earringsProbability: 0,
    featuresProbability: 0,
  }).toString();
}

const looks = JSON.parse(fs.readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(looks.map(draw)));
