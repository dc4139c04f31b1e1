// Answers one question as a map in a browser asks it, with @camptocamp/ogc-client:
// `node ogc-client.mjs ADDRESS '{"collection": "poles", "page": 10, "box": [4, 44, 6, 46], "where": "region = \'84\'"}'`.
import assert from "node:assert/strict";
import { OgcApiEndpoint } from "@camptocamp/ogc-client";

const [address, question] = process.argv.slice(2);
const endpoint = new OgcApiEndpoint(`${address}/ogc`);

async function read({ collection, page, box, where }) {
  const info = await endpoint.getCollectionInfo(collection);
  assert.equal(info.id, collection);
  assert.ok(info.queryables.some(({ name }) => name === "name") && info.sortables.some(({ name }) => name === "name"));
  const features = [];
  for (let offset = 0; ; offset += page) {
    const filter = where && `filter=${where}`;
    const some = await endpoint.getCollectionItems(
      collection, page, offset, null, null, box, null, null, filter,
    );
    features.push(...some);
    if (some.length < page) return features;
  }
}

const asked = JSON.parse(question);
const answer = asked.collection ? await read(asked) : await endpoint.featureCollections;
process.stdout.write(JSON.stringify(answer));
