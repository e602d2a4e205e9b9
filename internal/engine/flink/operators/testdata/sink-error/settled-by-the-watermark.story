# Changes that cancel out before the watermark are no conflict.
rows
  +I a 1 x
  +I a 2 y
  -D a 1 x
  +I b 1 z
  -D b 1 z
watermark 1000
expect
  +I a 2 y
rows
  -U a 2 y
  +U a 3 y
  +I c 1 u
watermark 2000
expect
  +U a 3 y
  +I c 1 u
rows
  +I a 9 v
watermark 3000
expect
  error: table sink: rows of different keys of the query meet in one primary key: (a); write ON CONFLICT DO NOTHING to keep the first, or DO DEDUPLICATE to keep the last
