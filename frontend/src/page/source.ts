/** The source a page is about: the last part of /race/<source> and its like, or ?source= on a static page. */
export function sourceOfPage(location: Location = window.location): string {
  const match = /^\/(?:race|source|table|operator)\/([^/]+)\/?$/.exec(location.pathname)
  return match ? decodeURIComponent(match[1]!) : (new URLSearchParams(location.search).get('source') ?? '')
}
