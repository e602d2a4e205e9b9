# Of equals the first to come is in front; NULL is last.
rows
  +I a 5 x
  +I a 7 y
  +I b 1 x
  +I a 5 z
expect
  +I a 5 x 1
  -U a 5 x 1
  +U a 7 y 1
  +I b 1 x 1
rows
  +I a 9 u
  +I a NULL v
  +I b NULL w
  +I b 2 w
  +I a 8 t
expect
  -U a 7 y 1
  +U a 9 u 1
  -U b 1 x 1
  +U b 2 w 1
