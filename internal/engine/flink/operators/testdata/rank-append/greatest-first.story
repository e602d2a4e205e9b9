# Of equals the first to come is in front; NULL is last.
rows
  +I a 5 x
  +I a 7 y
  +I b 1 x
  +I a 5 z
expect
  +I a 5 x
  +I a 7 y
  +I b 1 x
rows
  +I a 9 u
  +I a NULL v
  +I b NULL w
  +I b 2 w
  +I a 8 t
expect
  -D a 5 x
  +I a 9 u
  +I b NULL w
  -D b NULL w
  +I b 2 w
  -D a 7 y
  +I a 8 t
