# Of equals the first to come is in front; NULL is last.
rows
  +I a 5 x
  +I a 7 y
  +I b 1 x
  +I a 5 z
expect
  +I a 5 x
  +I a 5 z
rows
  +I a 9 u
  +I a NULL v
  +I b NULL w
  +I b 2 w
  +I a 8 t
expect
  -U a 5 x
  +U a 7 y
  -U a 5 z
  +U a 5 x
  +I b NULL w
  -U b NULL w
  +U b 1 x
  +I b NULL w
  -U a 7 y
  +U a 8 t
  -U a 5 x
  +U a 7 y
