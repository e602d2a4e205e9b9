# With a time to live, results are emitted even if they did not change; an idle group starts anew.
tick 1000
rows
  +I a 1 true
  +I b 1 true
tick 1500
rows
  +I b 1 true
expect
  +I a 1 1
  +I b 1 1
  -U b 1 1
  +U b 2 1
tick 2100
rows
  +I a 1 true
  -D b 1 true
expect
  +I a 1 1
  -U b 2 1
  +U b 1 1
tick 9000
rows
  -D a 1 true
  +I b 1 true
expect
  +I b 1 1
