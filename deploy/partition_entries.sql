-- Entries by month: what there is stays where it is as the first partition, each month from `portal.first_month` on gets
-- one of its own. As the owner, after a backup: psql -v ON_ERROR_STOP=1 -f deploy/partition_entries.sql
-- Tried by benchmarks/partition.py; its times and what it costs are in docs/scale.md.
--
-- A unique index of a partitioned table has to hold the month. What must be unique over all months (number, source, one
-- reversal) therefore moves to points_entrykey, which stays whole and which foreign keys point to.
-- Nothing is rewritten. Only the step "change places" keeps others out, for as long as its statements take; a step that
-- fails may be run again after what it says is put right.

-- step: settings
-- The first month with a partition of its own: one that has not begun.
SET portal.first_month = '2027-01';
SET portal.months_ahead = '24';
SET lock_timeout = '5s';

-- step: keys
-- Whoever posts waits a moment; from then on new entries leave their keys, and what was there before is known by number.
-- Until the indexes below are built, those of the entries go on refusing what is not unique.
BEGIN;
LOCK TABLE points_entry IN SHARE ROW EXCLUSIVE MODE;
CREATE TABLE points_entrykey (
    entry_id bigint NOT NULL,
    source varchar(30) NOT NULL,
    reverses_id bigint
);
CREATE TABLE points_entrykey_before AS SELECT coalesce(max(id), 0) AS last FROM points_entry;
CREATE FUNCTION points_keep_entry_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO points_entrykey
    SELECT id, source, reverses_id FROM new_entries;
    RETURN NULL;
END $$;
CREATE TRIGGER points_entry_keeps_its_keys AFTER INSERT ON points_entry
    REFERENCING NEW TABLE AS new_entries FOR EACH STATEMENT EXECUTE FUNCTION points_keep_entry_keys();
CREATE TRIGGER points_entrykey_is_append_only BEFORE UPDATE OR DELETE ON points_entrykey
    FOR EACH ROW EXECUTE FUNCTION points_refuse_change();
CREATE TRIGGER points_entrykey_is_never_truncated BEFORE TRUNCATE ON points_entrykey
    FOR EACH STATEMENT EXECUTE FUNCTION points_refuse_change();
COMMIT;

-- step: keys of what there is
INSERT INTO points_entrykey
SELECT id, source, reverses_id
  FROM points_entry WHERE id <= (SELECT last FROM points_entrykey_before);

-- step: keys are unique by number
CREATE UNIQUE INDEX CONCURRENTLY points_entrykey_pkey ON points_entrykey (entry_id);

-- step: by source
CREATE UNIQUE INDEX CONCURRENTLY points_entry_source_is_used_once ON points_entrykey (source);

-- step: by reversal
CREATE UNIQUE INDEX CONCURRENTLY points_entry_is_reversed_once ON points_entrykey (reverses_id)
    WHERE reverses_id IS NOT NULL;

-- step: keys point to each other
ALTER TABLE points_entrykey ADD CONSTRAINT points_entrykey_pkey PRIMARY KEY USING INDEX points_entrykey_pkey;
DROP TABLE points_entrykey_before;
ALTER TABLE points_entrykey ADD CONSTRAINT points_entrykey_reverses_an_entry
    FOREIGN KEY (reverses_id) REFERENCES points_entrykey DEFERRABLE INITIALLY DEFERRED;

-- step: index for number and month
CREATE UNIQUE INDEX CONCURRENTLY points_entry_number_and_month ON points_entry (id, period);

-- step: index for the source
CREATE INDEX CONCURRENTLY points_entry_source_idx ON points_entry (source);

-- step: index for reversals
CREATE INDEX CONCURRENTLY points_entry_reverses_idx ON points_entry (reverses_id) WHERE reverses_id IS NOT NULL;

-- step: the bound
DO $$ BEGIN
    EXECUTE format('ALTER TABLE points_entry ADD CONSTRAINT points_entry_is_of_before CHECK (period < %L) NOT VALID',
                   current_setting('portal.first_month'));
END $$;

-- step: the bound holds
ALTER TABLE points_entry VALIDATE CONSTRAINT points_entry_is_of_before;

-- step: change places
BEGIN;
LOCK TABLE points_entry, points_claim IN ACCESS EXCLUSIVE MODE;
DO $$
DECLARE
    one record;
    again text[] := '{}';
    last bigint;
    month date := to_date(current_setting('portal.first_month'), 'YYYY-MM');
BEGIN
    -- Foreign keys to an entry go to its key.
    FOR one IN SELECT conrelid::regclass AS holder, conname FROM pg_constraint
                WHERE contype = 'f' AND confrelid = 'points_entry'::regclass LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.holder, one.conname);
    END LOOP;
    ALTER TABLE points_claim ADD CONSTRAINT points_claim_reverses_an_entry
        FOREIGN KEY (reverses_id) REFERENCES points_entrykey DEFERRABLE INITIALLY DEFERRED NOT VALID;
    -- Triggers are taken down here and put up again on the whole.
    FOR one IN SELECT tgname, pg_get_triggerdef(oid) AS made FROM pg_trigger
                WHERE tgrelid = 'points_entry'::regclass AND NOT tgisinternal LOOP
        again := again || one.made;
        EXECUTE format('DROP TRIGGER %I ON points_entry', one.tgname);
    END LOOP;
    ALTER TABLE points_entry DROP CONSTRAINT points_entry_pkey, DROP CONSTRAINT points_entry_source_key,
        DROP CONSTRAINT points_entry_reverses_id_key,
        ADD CONSTRAINT points_entry_before_pkey PRIMARY KEY USING INDEX points_entry_number_and_month;
    FOR one IN SELECT indexrelid::regclass AS name FROM pg_index WHERE indrelid = 'points_entry'::regclass
                AND pg_get_indexdef(indexrelid) LIKE '%varchar_pattern_ops%' LOOP
        EXECUTE format('DROP INDEX %s', one.name);
    END LOOP;
    SELECT coalesce(max(id), 0) INTO last FROM points_entry;
    ALTER TABLE points_entry ALTER COLUMN id DROP IDENTITY;
    ALTER TABLE points_entry RENAME TO points_entry_before;

    CREATE TABLE points_entry (LIKE points_entry_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)
        PARTITION BY RANGE (period);
    ALTER TABLE points_entry DROP CONSTRAINT points_entry_is_of_before;
    EXECUTE format('ALTER TABLE points_entry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (START WITH %s)',
                   last + 1);
    ALTER TABLE points_entry ADD CONSTRAINT points_entry_pkey PRIMARY KEY (id, period);
    FOR one IN SELECT pg_get_indexdef(indexrelid) AS made, indexrelid::regclass AS name FROM pg_index
                WHERE indrelid = 'points_entry_before'::regclass AND NOT indisprimary LOOP
        EXECUTE replace(replace(one.made, one.name || ' ON', one.name || '_whole ON'), 'points_entry_before', 'points_entry');
    END LOOP;
    FOR one IN SELECT conname, pg_get_constraintdef(oid) AS made FROM pg_constraint
                WHERE contype = 'f' AND conrelid = 'points_entry_before'::regclass LOOP
        EXECUTE format('ALTER TABLE points_entry ADD CONSTRAINT %I %s', one.conname, one.made);
    END LOOP;
    EXECUTE format('ALTER TABLE points_entry ATTACH PARTITION points_entry_before FOR VALUES FROM (MINVALUE) TO (%L)',
                   to_char(month, 'YYYY-MM'));
    FOR at IN 1 .. current_setting('portal.months_ahead')::int LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF points_entry FOR VALUES FROM (%L) TO (%L)',
                       'points_entry_' || to_char(month, 'YYYY_MM'), to_char(month, 'YYYY-MM'),
                       to_char(month + interval '1 month', 'YYYY-MM'));
        month := month + interval '1 month';
    END LOOP;
    CREATE TABLE points_entry_later PARTITION OF points_entry DEFAULT;
    FOREACH one.made IN ARRAY again LOOP
        EXECUTE one.made;
    END LOOP;
    -- Triggers of rows reach every partition by themselves, the one against TRUNCATE does not.
    FOR one IN SELECT inhrelid::regclass AS name FROM pg_inherits WHERE inhparent = 'points_entry'::regclass LOOP
        EXECUTE format('CREATE TRIGGER points_entry_is_never_truncated BEFORE TRUNCATE ON %s
                        FOR EACH STATEMENT EXECUTE FUNCTION points_refuse_change()', one.name);
    END LOOP;
END $$;
COMMIT;

-- step: claims point to keys
ALTER TABLE points_claim VALIDATE CONSTRAINT points_claim_reverses_an_entry;

-- step: statistics
ANALYZE points_entry, points_entrykey;
