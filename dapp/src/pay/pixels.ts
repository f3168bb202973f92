// A grey image as it is typed: a row of numbers per line.
import type { Image } from "./asked";
import { PayProblem } from "./problems";

/** Brightest value of a pixel. */
const most = 255;
/** Longest side, in pixels: what fits two bytes is far more than a field holds. */
const longest = 256;

/** Reads rows of numbers from 0 to 255, parted by spaces or commas. Throws a problem that says which row is wrong. */
export function readPixels(text: string): Image {
  const rows = text.split("\n").map((row) => row.trim()).filter((row) => row !== "").map((row) => row.split(/[\s,;]+/).filter((number) => number !== ""));
  const [first] = rows;
  if (!first) throw new PayProblem("question", "Type an image: a row of numbers from 0 to 255 on each line.");
  const pixels = rows.flatMap((row, index) => {
    if (row.length !== first.length) throw new PayProblem("question", `Row ${index + 1} has ${row.length} numbers, the first one has ${first.length}. All rows need the same.`);
    return row.map((number) => readPixel(number, index + 1));
  });
  if (first.length > longest || rows.length > longest) throw new PayProblem("question", `An image has ${longest} rows and columns at most.`);
  return { width: first.length, height: rows.length, pixels };
}

function readPixel(text: string, row: number): number {
  const value = /^[0-9]{1,3}$/.test(text) ? parseInt(text, 10) : most + 1;
  if (value > most) throw new PayProblem("question", `"${text}" in row ${row} is no number from 0 to 255.`);
  return value;
}
