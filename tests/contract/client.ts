// A client of the registry as a partner writes it, with types generated from /openapi.json by openapi-typescript.
// Compiled under `tsc --strict`, then run against a served registry: `node client.js http://127.0.0.1:8000`.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Pole = components["schemas"]["PolePublic"];
type Problem = components["schemas"]["Problem"];

const baseUrl = process.argv[2];
assert.ok(baseUrl, "the address of a registry");
const client = createClient<paths, "application/json" | "application/problem+json">({ baseUrl });

async function names(region: string): Promise<string[]> {
  const { data } = await client.GET("/v1/poles", {
    params: { query: { region: [region], status: ["active", "emerging"], facets: ["wave"], limit: 1000 } },
  });
  assert.ok(data);
  assert.equal(data.items.length, data.count);
  assert.ok(data.facets["wave"]?.every(({ count }) => count > 0));
  return data.items.map(({ name }) => name ?? "");
}

async function pole(id: string): Promise<Pole> {
  const { data } = await client.GET("/v1/poles/{id}", { params: { path: { id } } });
  assert.ok(data);
  return data;
}

async function refusal(id: string): Promise<Problem> {
  const { error, response } = await client.GET("/v1/poles/{id}", { params: { path: { id } } });
  assert.ok(error);
  const problem: Problem = error;
  assert.equal(response.status, problem.status);
  return problem;
}

export async function refusedByTheCompiler(): Promise<void> {
  // @ts-expect-error: no such parameter
  await client.GET("/v1/poles", { params: { query: { regoin: ["84"] } } });
  // @ts-expect-error: no such status
  await client.GET("/v1/poles", { params: { query: { status: ["actif"] } } });
  // @ts-expect-error: no such address
  await client.GET("/v1/pole");
  // @ts-expect-error: codes are text
  const code: number | undefined = (await pole("archer-pole-sud")).seat.region?.code;
  void code;
}

const archer = await pole("archer-pole-sud");
assert.equal(archer.seat.region?.code, "84");
assert.equal(archer.labels[0]?.wave.id, "aap-2013");
assert.ok((await names("84")).includes(archer.name));

const { data: members } = await client.GET("/v1/poles/{id}/members", {
  params: { path: { id: archer.id }, query: { role: ["carrier"] } },
});
assert.equal(members?.items[0]?.organisation.id, "groupe-archer");

const { data: part } = await client.GET("/v1/poles", { params: { query: { q: "archer", fields: ["name"] } } });
assert.deepEqual(part?.items, [{ id: archer.id, name: archer.name }]);

const { data: geojson } = await client.GET("/v1/poles/{id}", {
  params: { path: { id: archer.id }, query: { f: "geojson" } },
});
assert.ok(geojson);

const { data: stats } = await client.GET("/v1/stats");
assert.ok(stats && stats.poles.total > 0 && stats.waves.every((wave) => wave.found >= wave.inferred));

assert.match((await refusal("archer-pole-nord")).detail, /archer-pole-sud/);
console.log(`${archer.name}: ${archer.members.length} members`);
