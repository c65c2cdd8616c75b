/** Exact shares of runs of voxels on one side of a plane: `flr/kernels/planes.py` for scalars. */

/**
 * Share of a parallelepiped in front of a plane: the closed form of Scardovelli and Zaleski
 * (J Comput Phys 2000, 164, 228-237, doi:10.1006/jcph.2000.6567).
 *
 * @param e1 length of an edge along the plane's normal, not negative [mm]; so are e2 and e3
 * @param distance signed distance of the middle from the plane, positive in front [mm]
 * @returns 0 to 1; f(d) + f(-d) = 1
 */
export function fractionInFront(e1: number, e2: number, e3: number, distance: number): number {
  const total = e1 + e2 + e3;
  if (!(total > 0)) return distance > 0 ? 1 : distance < 0 ? 0 : 0.5;
  const first = e1 / total;
  const second = e2 / total;
  const third = e3 / total;
  const lower = Math.min(first, second);
  const upper = Math.max(first, second);
  const m1 = Math.min(lower, third);
  const m3 = Math.max(upper, third);
  const m2 = Math.max(lower, Math.min(upper, third));
  const depth = Math.min(1, Math.max(0, distance / total + 0.5));
  const behind = depth > 0.5;
  const a = behind ? 1 - depth : depth;
  const m12 = m1 + m2;
  let part: number;
  if (a < m1) {
    part = (a * a * a) / (6 * m1 * m2 * m3);
  } else if (m12 <= m3 && a >= m12) {
    part = (2 * a - m12) / (2 * m3);
  } else {
    part = m2 > 0 ? (a * (a - m1)) / (2 * m2 * m3) + (m1 * m1) / (6 * m2 * m3) : 0;
    const six = 6 * m1 * m2 * m3;
    if (six > 0) {
      const beyond2 = Math.max(a - m2, 0);
      const beyond3 = Math.max(a - m3, 0);
      part -= (beyond2 * beyond2 * beyond2 + beyond3 * beyond3 * beyond3) / six;
    }
  }
  part = Math.min(0.5, Math.max(0, part));
  return behind ? 1 - part : part;
}

/** A plane in steps of the grid: signed distance of voxel (i, j, k) is offset + i·si + j·sj + k·sk. [mm] */
export interface PlaneSteps {
  si: number;
  sj: number;
  sk: number;
  offset: number;
}

/** Steps of a plane on a grid. */
export function planeSteps(
  indexToWorld: ArrayLike<ArrayLike<number>>,
  origin: ArrayLike<number>,
  normal: ArrayLike<number>,
): PlaneSteps {
  const length = Math.hypot(normal[0], normal[1], normal[2]);
  const n = [normal[0] / length, normal[1] / length, normal[2] / length];
  const step = (axis: number) =>
    indexToWorld[0][axis] * n[0] + indexToWorld[1][axis] * n[1] + indexToWorld[2][axis] * n[2];
  const offset =
    (indexToWorld[0][3] - origin[0]) * n[0] +
    (indexToWorld[1][3] - origin[1]) * n[1] +
    (indexToWorld[2][3] - origin[2]) * n[2];
  return { si: step(0), sj: step(1), sk: step(2), offset };
}

/** Share of one run in front of a plane. */
export function runShare(p: PlaneSteps, i: number, j: number, k: number, length: number): number {
  const d = p.offset + p.si * (i + 0.5 * (length - 1)) + p.sj * j + p.sk * k;
  const along = Math.abs(p.si) * length;
  const reach = 0.5 * (along + Math.abs(p.sj) + Math.abs(p.sk));
  if (d >= reach) return 1;
  if (d <= -reach) return 0;
  return fractionInFront(along, Math.abs(p.sj), Math.abs(p.sk), d);
}

/** From and up to which i the voxels of a run have their centres behind a plane; a centre in it lies behind. */
export function behind(p: PlaneSteps, i: number, j: number, k: number, length: number): [number, number] {
  const level = -(p.offset + j * p.sj + k * p.sk);
  const end = i + length;
  if (p.si === 0) return level >= 0 ? [i, end] : [end, end];
  // The index where the side changes, found within the run by the library's own comparison.
  let at = Math.min(end, Math.max(i, Math.round(level / p.si)));
  const isBehind = (index: number) => index * p.si <= level;
  if (p.si > 0) {
    while (at > i && !isBehind(at - 1)) at -= 1;
    while (at < end && isBehind(at)) at += 1;
    return [i, at];
  }
  while (at > i && isBehind(at - 1)) at -= 1;
  while (at < end && !isBehind(at)) at += 1;
  return [at, end];
}
