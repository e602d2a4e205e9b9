CREATE TABLE orders (id BIGINT, customer BIGINT, ts TIMESTAMP(3), items ARRAY<ROW<sku STRING, n INT>>, WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka');
CREATE TABLE payments (order_id BIGINT, amount DECIMAL(10, 2), paid TIMESTAMP(3), WATERMARK FOR paid AS paid) WITH ('connector' = 'kafka');
CREATE TABLE customers (id BIGINT, name STRING, since TIMESTAMP(3), WATERMARK FOR since AS since, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'upsert-kafka');
SELECT o.id, c.name FROM orders AS o JOIN customers AS c ON o.customer = c.id;
--> Calc(select=[$0 AS id, $3 AS name]) changelogMode=[I,UB,UA,D]
--> +- Join(joinType=[INNER], on=[customer = id]) changelogMode=[I,UB,UA,D]
-->    :- Scan(table=[orders], fields=[id, customer]) changelogMode=[I]
-->    +- ChangelogNormalize(key=[id]) changelogMode=[I,UB,UA,D]
-->       +- Scan(table=[customers], fields=[id, name]) changelogMode=[I,UA,D]
SELECT o.id, c.name FROM orders AS o LEFT JOIN customers AS c ON o.customer = c.id AND c.name <> 'x' WHERE o.id > 3;
--> Calc(select=[$0 AS id, $3 AS name]) changelogMode=[I,UB,UA,D]
--> +- Join(joinType=[LEFT], on=[customer = id]) changelogMode=[I,UB,UA,D]
-->    :- Calc(where=[>($0, 3)]) changelogMode=[I]
-->    :  +- Scan(table=[orders], fields=[id, customer]) changelogMode=[I]
-->    +- Calc(where=[<>($1, 'x')]) changelogMode=[I,UB,UA,D]
-->       +- ChangelogNormalize(key=[id]) changelogMode=[I,UB,UA,D]
-->          +- Scan(table=[customers], fields=[id, name]) changelogMode=[I,UA,D]
SELECT o.id, p.amount FROM orders o, payments p WHERE o.id = p.order_id AND p.paid BETWEEN o.ts AND o.ts + INTERVAL '1' HOUR;
--> Calc(select=[$0 AS id, $3 AS amount]) changelogMode=[I]
--> +- IntervalJoin(joinType=[INNER], on=[id = order_id], between=[-3600000ms, 0ms]) changelogMode=[I]
-->    :- Scan(table=[orders], fields=[id, ts], watermark=[ts: $1]) changelogMode=[I]
-->    +- Scan(table=[payments], fields=[order_id, amount, paid], watermark=[paid: $2]) changelogMode=[I]
SELECT o.id, c.name FROM orders AS o JOIN customers FOR SYSTEM_TIME AS OF o.ts AS c ON o.customer = c.id;
--> Calc(select=[$0 AS id, $4 AS name]) changelogMode=[I]
--> +- TemporalJoin(joinType=[INNER], on=[customer = id]) changelogMode=[I]
-->    :- Scan(table=[orders], fields=[id, customer, ts], watermark=[ts: $2]) changelogMode=[I]
-->    +- DropUpdateBefore changelogMode=[I,UA,D]
-->       +- ChangelogNormalize(key=[id]) changelogMode=[I,UB,UA,D]
-->          +- Scan(table=[customers], fields=[id, name, since], watermark=[since: $2]) changelogMode=[I,UA,D]
SELECT id FROM orders WHERE customer IN (SELECT id FROM customers WHERE name = 'a');
--> Calc(select=[$0 AS id]) changelogMode=[I,UB,UA,D]
--> +- Join(joinType=[SEMI], on=[customer = id]) changelogMode=[I,UB,UA,D]
-->    :- Scan(table=[orders], fields=[id, customer]) changelogMode=[I]
-->    +- Calc(select=[$0 AS id]) changelogMode=[I,UB,UA,D]
-->       +- Calc(where=[=($1, 'a')]) changelogMode=[I,UB,UA,D]
-->          +- ChangelogNormalize(key=[id]) changelogMode=[I,UB,UA,D]
-->             +- Scan(table=[customers], fields=[id, name]) changelogMode=[I,UA,D]
SELECT id FROM orders WHERE customer NOT IN (SELECT id FROM customers);
--> Calc(select=[$0 AS id]) changelogMode=[I,UB,UA,D]
--> +- Join(joinType=[ANTI], on=[], where=[OR(=($1, $2), IS NULL($1))]) changelogMode=[I,UB,UA,D]
-->    :- Scan(table=[orders], fields=[id, customer]) changelogMode=[I]
-->    +- Calc(select=[$0 AS id]) changelogMode=[I,UB,UA,D]
-->       +- ChangelogNormalize(key=[id]) changelogMode=[I,UB,UA,D]
-->          +- Scan(table=[customers], fields=[id]) changelogMode=[I,UA,D]
SELECT id FROM orders AS o WHERE NOT EXISTS (SELECT 1 FROM payments AS p WHERE p.order_id = o.id);
--> Calc(select=[$0 AS id]) changelogMode=[I,UB,UA,D]
--> +- Join(joinType=[ANTI], on=[id = $0]) changelogMode=[I,UB,UA,D]
-->    :- Scan(table=[orders], fields=[id]) changelogMode=[I]
-->    +- Calc(select=[$0 AS $0]) changelogMode=[I]
-->       +- Scan(table=[payments], fields=[order_id]) changelogMode=[I]
SELECT id, sku, n FROM orders CROSS JOIN UNNEST(items) AS i (sku, n);
--> Calc(select=[$0 AS id, $2 AS sku, $3 AS n]) changelogMode=[I]
--> +- Correlate(unnest=[$1], joinType=[INNER]) changelogMode=[I]
-->    +- Scan(table=[orders], fields=[id, items]) changelogMode=[I]
SELECT id FROM orders JOIN payments ON orders.id = payments.order_id;
--> Calc(select=[$0 AS id]) changelogMode=[I]
--> +- Join(joinType=[INNER], on=[id = order_id]) changelogMode=[I]
-->    :- Scan(table=[orders], fields=[id]) changelogMode=[I]
-->    +- Scan(table=[payments], fields=[order_id]) changelogMode=[I]
SELECT o.id FROM orders o WHERE o.id > (SELECT MAX(order_id) FROM payments);
--> Calc(select=[$0 AS id]) changelogMode=[I,UB,UA,D]
--> +- Join(joinType=[INNER], on=[], where=[>($0, $1)]) changelogMode=[I,UB,UA,D]
-->    :- Scan(table=[orders], fields=[id]) changelogMode=[I]
-->    +- Calc(select=[$0 AS EXPR$0]) changelogMode=[I,UB,UA,D]
-->       +- GroupAggregate(groupBy=[], select=[MAX(f0)]) changelogMode=[I,UB,UA,D]
-->          +- Calc(select=[$0 AS f0]) changelogMode=[I]
-->             +- Scan(table=[payments], fields=[order_id]) changelogMode=[I]
