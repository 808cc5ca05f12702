import type { Json, Rows } from './protocol'

function isObject(value: Json | undefined): value is Rows {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * JSON Merge Patch (RFC 7396) that never writes into `target`.
 *
 * Parts the patch does not mention keep their identity, so that a row which did not
 * change is the very same object and nothing on the screen is drawn again for it.
 */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch
  const merged: Rows = isObject(target) ? { ...target } : {}
  patchInto(merged, patch)
  return merged
}

/** The same, into an object that is the caller's own; only its rows are copied. */
export function patchInto(own: Rows, patch: Rows): void {
  for (const key of Object.keys(patch)) {
    const value = patch[key]!
    if (value === null) delete own[key]
    else own[key] = mergePatch(Object.hasOwn(own, key) ? own[key] : undefined, value)
  }
}
