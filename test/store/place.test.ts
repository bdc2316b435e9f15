import { newPlace } from '../../lib/store/cloudbase/base/place';

const first = (count: number, place: ReturnType<typeof newPlace>): readonly number[] =>
  Array.from({ length: count }, () => place.next());

/** Asks for places until it gets this one. Bounded, so that one that never comes fails the case. */
function goTo(wanted: number, place: ReturnType<typeof newPlace>): void {
  for (let turn = 0; turn < 32; turn += 1) if (place.next() === wanted) return;
  throw new Error(`the place ${wanted} never came`);
}

describe('the place where a run claims', () => {
  it('is the head of the list while nobody else claims', () => {
    expect(first(3, newPlace())).toEqual([0, 0, 0]);
  });

  it('is one of more places after each lost claim, and the head stays one of them', () => {
    const place = newPlace(() => 0.6);
    place.lost();
    expect(first(4, place)).toEqual([0, 1, 0, 1]);
    for (let lost = 0; lost < 9; lost += 1) place.lost();
    const circle = first(16, place);
    expect([...circle].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, n) => n));
    expect(circle[0]).toBe(10);
  });

  it('comes back to the head when the list ends before it', () => {
    const place = newPlace(() => 0.99);
    for (let lost = 0; lost < 3; lost += 1) place.lost();
    goTo(7, place);
    place.ended();
    expect(Math.max(...first(9, place))).toBe(2);
    goTo(1, place);
    place.ended();
    expect(first(3, place)).toEqual([0, 0, 0]);
  });
});
