// Plays the story that the pages are looked at with, once per devnet.
import { test as setup } from "@playwright/test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { seedFile } from "./support/seed.ts";
import { cast, commit, contribute, found, makeAccounts, makeModels, nextEpoch, openChannel, pay, settle } from "./support/story.ts";

const light = ["Light is a kind of motion.", "Rays that fall upon a glass are bent.", "Colours are made by rays, and rays have none.", "What is seen in a mirror is not behind it."];
const copied = ["A prism parts white light.", "Red is bent the least.", "Blue is bent the most."];
const wrong = ["Light stands still.", "Glass is opaque.", "Mirrors show the past."];
const alsoWrong = ["Prisms make colours out of nothing.", "A lens adds light."];

setup("the story is on the chain", async () => {
  setup.setTimeout(480_000);
  if (existsSync(seedFile)) return;
  const all = await cast();
  await makeAccounts(all, ["olga", "kurt", "nils"]);
  const of = await found(all);
  const [first, second] = await Promise.all([contribute(all, all.bob, of.sentences, light), contribute(all, all.carol, of.sentences, copied)]);
  const [third, pending] = await Promise.all([contribute(all, all.carol, of.sentences, wrong), contribute(all, all.bob, of.notes, ["The room was dark but for one hole."])]);
  // Never revealed: when its test comes, it is overdue.
  const [fourth, forgotten] = await Promise.all([contribute(all, all.bob, of.sentences, alsoWrong), commit(all, all.carol, of.sentences, ["This is never revealed."])]);
  const models = await makeModels(all, of, [first, second, third, fourth]);
  const channel = await openChannel(all, models.base);
  await nextEpoch(all);
  await pay(all, channel, 120_000_000n);
  const rounds = [
    // What is paid once the first round is open belongs to the second.
    await settle(all, models.base, [{ score: 500_000_000, error: 40_000_000 }, { score: 300_000_000, error: 60_000_000 }, { score: -150_000_000, error: 20_000_000 }, { score: -80_000_000, error: 10_000_000 }], () => pay(all, channel, 80_000_000n)),
    await settle(all, models.base, [{ score: 450_000_000, error: 30_000_000 }, { score: 350_000_000, error: 30_000_000 }, { score: -200_000_000, error: 20_000_000 }, { score: -90_000_000, error: 10_000_000 }]),
  ];
  mkdirSync(new URL(".", `file://${seedFile}`), { recursive: true });
  writeFileSync(seedFile, JSON.stringify({ ...of, ...models, contributions: [first, second, third, fourth], pending, forgotten: forgotten.contribution, channel: channel.channel, rounds }, null, 1));
});
