import { newPlace } from '../../lib/store/cloudbase/base/place';

const first = (count: number, place: ReturnType<typeof newPlace>): readonly number[] =>
  Array.from({ length: count }, () => place.next());

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
    while (place.next() !== 7);
    place.ended();
    expect(Math.max(...first(9, place))).toBe(2);
    while (place.next() !== 1);
    place.ended();
    expect(first(3, place)).toEqual([0, 0, 0]);
  });
});
