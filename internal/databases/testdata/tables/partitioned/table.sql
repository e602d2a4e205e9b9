-- public.payments
CREATE TABLE payments (
  payment_id uuid NOT NULL,
  booked_on date NOT NULL,
  iban text,
  total_amount numeric(12, 2) NOT NULL,
  modified timestamptz NOT NULL,
  checked timestamptz,
  PRIMARY KEY (payment_id, booked_on)
) PARTITION BY RANGE (booked_on);
CREATE TABLE payments_2026 PARTITION OF payments FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
