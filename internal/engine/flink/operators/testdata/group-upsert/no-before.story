# Without UpdateBefore only the new result comes.
rows
  +I a 1 true
  +I b 5 true
  +I a 2 true
  +I a NULL true
  +I NULL 7 true
expect
  +I a 1
  +I b 1
  +U a 2
  +U a 3
  +I NULL 1
rows
  +I NULL 1 true
  +I b 0 true
expect
  +U NULL 2
  +U b 2
