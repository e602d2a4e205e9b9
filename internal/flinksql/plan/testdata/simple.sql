CREATE TABLE orders (id BIGINT, customer STRING, amount DECIMAL(10, 2), ts TIMESTAMP(3), note STRING, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'kafka');
CREATE TABLE totals (customer STRING, total DECIMAL(38, 2), PRIMARY KEY (customer) NOT ENFORCED) WITH ('connector' = 'upsert-kafka');
CREATE TABLE plain (customer STRING, n BIGINT) WITH ('connector' = 'kafka');
SELECT customer, amount * 2 AS twice FROM orders WHERE amount > 10;
--> Calc(select=[$0 AS customer, *($1, 2:DECIMAL(10, 0)) AS twice]) changelogMode=[I]
--> +- Calc(where=[>($1, 10:DECIMAL(10, 0))]) changelogMode=[I]
-->    +- Scan(table=[orders], fields=[customer, amount]) changelogMode=[I]
SELECT * FROM orders;
--> Calc(select=[$0 AS id, $1 AS customer, $2 AS amount, $3 AS ts, $4 AS note]) changelogMode=[I]
--> +- Scan(table=[orders], fields=[id, customer, amount, ts, note]) changelogMode=[I]
SELECT o.custmer FROM orders AS o;
--> line 1, column 8: column o.custmer is not known here
--> Did you mean o.customer?
SELECT * FROM order_lines;
--> line 1, column 15: table order_lines is not known
--> CREATE TABLE it first.
INSERT INTO totals SELECT customer, SUM(amount) FROM orders GROUP BY customer;
--> Sink(table=[totals], fields=[customer, total], upsertMaterialize=[false]) changelogMode=[I,UB,UA,D]
--> +- Calc(select=[$0 AS customer, $1 AS EXPR$1]) changelogMode=[I,UA,D]
-->    +- GroupAggregate(groupBy=[f0], select=[SUM(f1)]) changelogMode=[I,UA,D]
-->       +- Calc(select=[$0 AS f0, $1 AS f1]) changelogMode=[I]
-->          +- Scan(table=[orders], fields=[customer, amount]) changelogMode=[I]
INSERT INTO plain SELECT customer, COUNT(*) FROM orders GROUP BY customer;
--> line 1, column 1: table plain does not support update and delete changes, which a group aggregate (GROUP BY without a window) produces
--> Write to a table of kind state (upsert-kafka with a PRIMARY KEY), or make the query append only: GROUP BY a window.
INSERT INTO totals SELECT customer, amount FROM orders;
--> line 1, column 1: rows of different keys of the query may meet in one primary key of totals (customer)
--> Say what should happen: ON CONFLICT DO DEDUPLICATE (the newest row wins; keeps the history of each key), DO NOTHING (the first row stays), or DO ERROR.
SELECT customer, COUNT(*) AS n, COUNT(DISTINCT id) FROM orders GROUP BY customer HAVING COUNT(*) > 2;
--> Calc(select=[$0 AS customer, $1 AS n, $2 AS EXPR$2]) changelogMode=[I,UB,UA,D]
--> +- Calc(where=[>($1, 2)]) changelogMode=[I,UB,UA,D]
-->    +- GroupAggregate(groupBy=[f0], select=[COUNT(), COUNT(DISTINCT f1)]) changelogMode=[I,UB,UA,D]
-->       +- Calc(select=[$1 AS f0, $0 AS f1]) changelogMode=[I]
-->          +- Scan(table=[orders], fields=[id, customer]) changelogMode=[I]
SELECT customer, amount FROM orders GROUP BY customer;
--> line 1, column 18: column amount is neither in GROUP BY nor in an aggregate function
--> Add it to GROUP BY, or use it in an aggregate function, as in MAX(...).
SELECT DISTINCT customer FROM orders;
--> GroupAggregate(groupBy=[customer], select=[]) changelogMode=[I,UB,UA,D]
--> +- Calc(select=[$0 AS customer]) changelogMode=[I]
-->    +- Scan(table=[orders], fields=[customer]) changelogMode=[I]
SELECT customer FROM orders UNION ALL SELECT customer FROM totals;
--> Union(all=[true], members=[2]) changelogMode=[I,UB,UA,D]
--> :- Calc(select=[$0 AS customer]) changelogMode=[I]
--> :  +- Scan(table=[orders], fields=[customer]) changelogMode=[I]
--> +- Calc(select=[$0 AS customer]) changelogMode=[I,UB,UA,D]
-->    +- ChangelogNormalize(key=[customer]) changelogMode=[I,UB,UA,D]
-->       +- Scan(table=[totals], fields=[customer]) changelogMode=[I,UA,D]
SELECT x FROM (VALUES (1, 'a'), (2, 'b')) AS t (x, y) WHERE y = 'a';
--> Calc(select=[$0 AS x]) changelogMode=[I]
--> +- Calc(where=[=($1, 'a')]) changelogMode=[I]
-->    +- Values(rows=[2]) changelogMode=[I]
