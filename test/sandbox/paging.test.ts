import { expect } from 'chai';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { ask, idsOf, SMALL, withSandbox } from './asking.js';

describe('sandbox pages', () => {
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ ...SMALL, limits: false });
  });
  after(() => sandbox.close());

  it('cover each collection once, in either direction and order', async () => {
    const { account } = sandbox;
    const cases: [string, number][] = [
      ['/api/profiles?page[size]=37&sort=updated', account.profiles.length],
      ['/api/profiles?page[size]=100&sort=-email', account.profiles.length],
      ['/api/profiles', account.profiles.length],
      ['/api/events?page[size]=1000&sort=datetime', account.events.length],
      ['/api/events?sort=-datetime', account.events.length],
      ['/api/metrics', account.metrics.length],
      ['/api/lists?sort=updated', account.lists.length],
      ['/api/segments?page[size]=3', account.segments.length],
      ['/api/templates', 14],
    ];
    for (const [path, count] of cases) {
      const ids = await idsOf(sandbox, path);
      expect(ids, path).to.have.length(count);
      expect(new Set(ids).size, path).to.equal(count);
    }
    for (const group of [...account.lists, ...account.segments]) {
      const path = `/api/${group.type}s/${group.id}/profiles?page[size]=50&sort=joined_group_at`;
      expect(await idsOf(sandbox, path)).to.have.members(
        (account.memberships.get(group.id) ?? []).map(({ profileId }) => profileId),
      );
    }
  });

  it('skip and repeat nothing while the account changes', async () => {
    await withSandbox({}, async (changing) => {
      const before = new Map(changing.account.profiles.map(({ id, attributes }) => [id, attributes.updated]));
      const ids = await idsOf(changing, '/api/profiles?page[size]=20&sort=updated', () =>
        changing.advance(1),
      );
      expect(ids).to.include.members([...before.keys()]);
      const still = changing.account.profiles.filter(
        ({ id, attributes }) => before.get(id) === attributes.updated,
      );
      const seen = ids.filter((id) => still.some((profile) => profile.id === id));
      expect(seen).to.have.length(still.length);
    });
  });

  it('lead back', async () => {
    const first = await ask(sandbox, '/api/profiles?page[size]=20&sort=-updated');
    const second = await ask(sandbox, first.doc.links.next ?? '');
    const third = await ask(sandbox, second.doc.links.next ?? '');
    const back = await ask(sandbox, third.doc.links.prev ?? '');
    expect(back.doc.data).to.deep.equal(second.doc.data);
    const start = await ask(sandbox, back.doc.links.prev ?? '');
    expect(start.doc.data).to.deep.equal(first.doc.data);
    expect(start.doc.links.prev).to.equal(null);
  });

  it('refuse a cursor of another query, a size out of bounds, an unknown order or parameter', async () => {
    const { doc } = await ask(sandbox, '/api/profiles?sort=updated');
    const cursor = new URL(doc.links.next ?? '').searchParams.get('page[cursor]') ?? '';
    const paths = [
      `/api/profiles?sort=-updated&page[cursor]=${cursor}`,
      '/api/profiles?page[cursor]=bm9uc2Vuc2U',
      '/api/profiles?page[size]=101',
      '/api/profiles?page[size]=0',
      '/api/events?page[size]=1001',
      '/api/metrics?page[size]=10',
      '/api/metrics?sort=name',
      '/api/profiles?sort=first_name',
      '/api/profiles?limit=3',
      '/api/profiles?include=lists',
      '/api/profiles?fields[profile]=surname',
      '/api/profiles?fields[event]=id',
      '/api/lists?additional-fields[list]=profile_count',
    ];
    for (const path of paths) expect((await ask(sandbox, path)).status, path).to.equal(400);
    expect((await ask(sandbox, `/api/profiles?sort=updated&page[cursor]=${cursor}`)).status).to.equal(200);
  });

  it('show what was asked for alone', async () => {
    const [profile] = (await ask(sandbox, '/api/profiles?page[size]=1')).doc.data;
    expect(profile.attributes).to.not.have.any.keys(
      'subscriptions',
      'predictive_analytics',
      'joined_group_at',
    );
    expect(profile.relationships.lists).to.have.all.keys('links');
    const [full] = (await ask(sandbox, '/api/profiles?page[size]=1&additional-fields[profile]=subscriptions'))
      .doc.data;
    expect(full.attributes).to.include.keys('subscriptions', 'email');
    const [sparse] = (await ask(sandbox, '/api/profiles?page[size]=1&fields[profile]=email,location.city'))
      .doc.data;
    expect(sparse.attributes).to.have.all.keys('email', 'location');
    expect(sparse.attributes.location).to.have.all.keys('city');
    const list = sandbox.account.lists[0];
    const [member] = (await ask(sandbox, `/api/lists/${list?.id}/profiles?fields[profile]=joined_group_at`))
      .doc.data;
    expect(member.attributes).to.have.all.keys('joined_group_at');
    const counted = await ask(sandbox, `/api/lists/${list?.id}?additional-fields[list]=profile_count`);
    expect(counted.doc.data.attributes.profile_count).to.equal(
      sandbox.account.memberships.get(list?.id ?? '')?.length,
    );
    const [event] = (await ask(sandbox, '/api/events?page[size]=1')).doc.data;
    expect(event.relationships.metric.data.type).to.equal('metric');
    expect(event.relationships.attributions).to.not.have.property('data');
  });

  it('include at most 50 actions of a flow, and name them all', async () => {
    const { doc } = await ask(sandbox, '/api/flows?include=flow-actions,tags');
    const long = doc.data.find(
      (flow: { relationships: { 'flow-actions': { data: unknown[] } } }) =>
        flow.relationships['flow-actions'].data.length > 50,
    );
    expect(long.relationships['flow-actions'].data).to.have.length(55);
    const included = doc.included?.filter((action) => action.relationships.flow?.data.id === long.id);
    expect(included).to.have.length(50);
    expect(await idsOf(sandbox, `/api/flows/${long.id}/flow-actions`)).to.have.length(55);
    expect(
      await idsOf(sandbox, `/api/flows/${long.id}/flow-actions?filter=any(action_type,["send-email"])`),
    ).to.not.have.length(0);
  });

  it('reach templates by the list, by id, or by the message alone', async () => {
    const { account } = sandbox;
    const ways = new Set(account.reach.values());
    expect(ways).to.have.all.keys('listed', 'by id', 'by message');
    for (const [id, reach] of account.reach) {
      const status = (await ask(sandbox, `/api/templates/${id}`)).status;
      expect(status, reach).to.equal(reach === 'by message' ? 404 : 200);
    }
    for (const { id, relationships } of account.campaignMessages) {
      const { doc, status } = await ask(sandbox, `/api/campaign-messages/${id}/template`);
      expect(status).to.equal(200);
      const template = relationships.template?.data;
      expect(doc.data?.id ?? null).to.equal(template && 'id' in template ? template.id : null);
    }
    const found = await Promise.all(
      account.campaigns.map(({ id }) => ask(sandbox, `/api/campaign-recipient-estimations/${id}`)),
    );
    expect(found.filter(({ status }) => status === 200)).to.have.length(account.estimations.size);
    expect(account.estimations.size).to.be.lessThan(account.campaigns.length);
  });

  it('give archived e-mail campaigns slightly out of order', async () => {
    const { doc } = await ask(
      sandbox,
      "/api/campaigns?sort=updated_at&filter=equals(messages.channel,'email'),equals(archived,true)",
    );
    const times = doc.data.map(
      ({ attributes }: { attributes: { updated_at: string } }) => attributes.updated_at,
    );
    expect(times).to.not.deep.equal([...times].sort());
  });
});
