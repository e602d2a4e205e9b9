-- The database of the billing application. It is applied whenever the server starts.
DO $$ BEGIN
  CREATE TYPE invoice_status AS ENUM ('open', 'paid', 'cancelled');
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

CREATE TABLE IF NOT EXISTS invoice (
  invoice_id  text PRIMARY KEY,
  order_id    text NOT NULL,
  customer_id text NOT NULL,
  net         numeric(12, 2) NOT NULL,
  tax         numeric(12, 2) NOT NULL,
  due         date NOT NULL,
  status      invoice_status NOT NULL DEFAULT 'open',
  recorded_at timestamptz(3) NOT NULL DEFAULT now()
);
COMMENT ON TABLE invoice IS 'The latest state of each invoice.';
CREATE INDEX IF NOT EXISTS invoice_open ON invoice (recorded_at) WHERE status = 'open';

-- Changes tell the whole row as it was.
ALTER TABLE invoice REPLICA IDENTITY FULL;
