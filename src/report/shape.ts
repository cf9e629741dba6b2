/**
 * What is drawn of a timeline, as path data. One unit to the right is a step of the timeline, one down a pixel: the
 * drawing is stretched to the width that there is, its height stays.
 */

/** An outline over each run of steps in which something was sent. The least that was sent can be seen. */
export function outline(sent: readonly number[], top: number, height: number): string {
  const levels = sent.map((requests) =>
    requests <= 0 ? height : Math.min(height - 2, Math.max(0, Math.round(height * (1 - requests / top)))),
  );
  let path = '';
  let open = false;
  for (let at = 0; at < levels.length; ) {
    const level = levels[at] ?? height;
    let end = at + 1;
    while (levels[end] === level) end += 1;
    if (level === height) path += open ? `V${height}Z` : '';
    else path += `${open ? '' : `M${at} ${height}`}V${level}h${end - at}`;
    open = level !== height;
    at = end;
  }
  return open ? `${path}V${height}Z` : path;
}

/** Points of no length: a round end of the stroke makes dots of them that no stretching changes. */
export const dots = (steps: readonly number[], y: number): string =>
  steps.map((step) => `M${step + 0.5} ${y}h0`).join('');

export const stems = (steps: readonly number[], height: number): string =>
  steps.map((step) => `M${step + 0.5} 0v${height}`).join('');
