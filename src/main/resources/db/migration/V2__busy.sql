-- Texts that join a turn after it was made, and messages that go ahead of others.

-- The turn that was accepted last; it need not be the last in the line.
ALTER TABLE conversations ADD COLUMN newest TEXT;

-- 'collect': other texts may join while it waits; 'steer': made of texts that another turn could
-- not take any more; NULL: of one message of its own
ALTER TABLE turns ADD COLUMN made_by TEXT;
-- by whom a cancel is asked; NULL: by the user
ALTER TABLE turns ADD COLUMN cancel_by TEXT;

-- How it joined a turn that was there already, 'steer' or 'collect', and as the how many-th text
ALTER TABLE messages ADD COLUMN joined TEXT;
ALTER TABLE messages ADD COLUMN joined_as BIGINT;

-- Which message the key stands for; NULL: of an older server
ALTER TABLE submit_keys ADD COLUMN message TEXT;
