/** Why a row of the requirements has no test, or not yet on every layer it names: what it comes with. */
export type Row = `R-${number}`

/**
 * Rows by reason. A row may stand here once, and only as long as a layer of it is without a test: the page cannot be made with a reason
 * for a row that is proven. Rows of the console that have tests of their facts need no line: their reason is that of the layer.
 */
export const reasons: Readonly<Record<string, readonly Row[]>> = {
  // biome-ignore format: a table is read by its rows
  'comes with the console': [
    'R-003', 'R-004', 'R-005', 'R-006', 'R-007', 'R-010', 'R-011', 'R-012', 'R-013', 'R-020', 'R-024', 'R-033',
    'R-041', 'R-042', 'R-043', 'R-044', 'R-045', 'R-046', 'R-047', 'R-048', 'R-049', 'R-051', 'R-053', 'R-057', 'R-058', 'R-063', 'R-064',
    'R-066', 'R-084', 'R-152', 'R-157', 'R-181', 'R-184', 'R-186', 'R-187', 'R-189',
    'R-261', 'R-266', 'R-267', 'R-271', 'R-272', 'R-274', 'R-284', 'R-287', 'R-288', 'R-290',
  ],
  'comes with the console, as bulk edit': ['R-234', 'R-235', 'R-236', 'R-237'],
  // biome-ignore format: a table is read by its rows
  'comes with conferences and paging': [
    'R-074', 'R-075', 'R-087', 'R-088', 'R-104', 'R-105',
    'R-163', 'R-164', 'R-165', 'R-166', 'R-167', 'R-168', 'R-169', 'R-170', 'R-171',
  ],
  'comes with call recording': ['R-110', 'R-111', 'R-112', 'R-113', 'R-114', 'R-115'],
  'comes with queues': ['R-117', 'R-118', 'R-119', 'R-120', 'R-121', 'R-122'],
  // biome-ignore format: a table is read by its rows
  'comes with fax': [
    'R-213', 'R-214', 'R-215', 'R-216', 'R-217', 'R-218', 'R-219', 'R-220', 'R-221', 'R-222',
    'R-223', 'R-224', 'R-225', 'R-226', 'R-227', 'R-228', 'R-229', 'R-230', 'R-231',
  ],
  'comes with background exports': ['R-244'],
  'comes with buying and porting numbers': ['R-262', 'R-263', 'R-264', 'R-265', 'R-270'],
  'comes with registering addresses at a carrier': ['R-281'],
  'comes with carriers of an account’s own': ['R-179', 'R-180'],
  'comes with deploying to AWS': ['R-292', 'R-296'],
}

/** Of rows whose facts are proven elsewhere: what is left, by layer. */
export const layerReasons: Readonly<Record<string, string>> = {
  UI: 'facts proven, the page comes with the console',
  SIP: 'decision proven, not yet with real phones',
  CORE: 'proven on the outside, not yet in the engine alone',
  API: 'rule proven, not yet through the API',
  MAIL: 'notice proven, not yet in a mailbox',
  E2E: 'parts proven, not yet from end to end',
  AWS: 'not yet on AWS',
}
