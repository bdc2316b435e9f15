import { readFileSync } from 'node:fs';
import { billOfMaterials } from '../../scripts/build/sbom';
import { ROOT } from '../../scripts/build/bundle';
import { isRecord } from '../../lib/values/json';

const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
const wanted = isRecord(manifest) && isRecord(manifest['dependencies']) ? manifest['dependencies'] : {};

describe('the bill of materials', () => {
  const { json, components } = billOfMaterials(ROOT);

  it('lists every dependency in its version, and no tool of development', () => {
    const listed = components.map(({ name, version }) => `${name}@${version}`);
    const asked = Object.entries(wanted).map(([name, version]) => `${name}@${String(version)}`);
    expect(asked.length).toBeGreaterThan(10);
    expect(listed).toEqual(expect.arrayContaining(asked));
    expect(components.map(({ name }) => name)).not.toContain('jest');
  });

  it('is CycloneDX, names this program, and is the same each time', () => {
    expect(JSON.parse(json)).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'wxpay-inbox', version: '0.2.0' } },
    });
    expect(json).not.toMatch(/timestamp|serialNumber/);
  });

  it('has licences that the page names, and docs/supply-chain.md says which packages state none', () => {
    const pages = ['docs/supply-chain.md', 'docs/supply-chain.zh-CN.md'].map((file) =>
      readFileSync(file, 'utf8'),
    );
    for (const page of pages) {
      for (const { name, licence } of components) expect(page).toContain(`\`${licence ?? name}\``);
    }
  });
});
