// What JBrowse's own readers find in a folder by its configuration: node read.js FOLDER CHROMOSOME START END

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BigWig } from "@gmod/bbi";
import { IndexedFasta } from "@gmod/indexedfasta";
import { LocalFile } from "generic-filehandle2";

const [, , folder, chromosome, start, end] = process.argv;
const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));

/** @param {{uri: string}} location */
const file = ({ uri }) => new LocalFile(join(folder, uri));

const [{ sequence }] = config.assemblies;
const genome = new IndexedFasta({
  fasta: file(sequence.adapter.fastaLocation),
  fai: file(sequence.adapter.faiLocation),
});
const scores = {};
for (const { name, adapter } of config.tracks) {
  if (adapter.type !== "BigWigAdapter") continue;
  const features = await new BigWig({ filehandle: file(adapter.bigWigLocation) }).getFeatures(
    chromosome,
    Number(start),
    Number(end),
  );
  scores[name] = features.map((one) => [one.start, one.end, one.score]);
}
console.log(JSON.stringify({ letters: await genome.getSequence(chromosome, Number(start), Number(end)), scores }));
