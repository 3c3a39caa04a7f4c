package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.util.List;

/**
 * Goal: {@code $n} becomes {@code ?n}, and nothing else changes. Method: statements put together
 * from pieces whose rewriting is known.
 */
class ParametersTest {
    private record Piece(String before, String after) {}

    @Example
    void only_parameters_outside_of_quotes_and_comments_are_rewritten() {
        assertThat(Parameters.numbered("SELECT $2, '$1', \"$1\", $10 -- $1\n, $1, a$, 'it''s $3'"))
                .isEqualTo("SELECT ?2, '$1', \"$1\", ?10 -- $1\n, ?1, a$, 'it''s $3'");
        assertThat(Parameters.numbered("'open $1")).isEqualTo("'open $1");
        assertThat(Parameters.numbered("$")).isEqualTo("$");
    }

    @Property(tries = 500)
    void pieces_are_rewritten_each_by_itself(@ForAll("pieces") List<Piece> pieces) {
        var before = new StringBuilder();
        var after = new StringBuilder();
        for (Piece piece : pieces) {
            before.append(piece.before()).append(' ');
            after.append(piece.after()).append(' ');
        }
        assertThat(Parameters.numbered(before.toString())).isEqualTo(after.toString());
    }

    @Provide
    Arbitrary<List<Piece>> pieces() {
        return Arbitraries.of(
                        new Piece("$1", "?1"),
                        new Piece("$23", "?23"),
                        new Piece("SELECT", "SELECT"),
                        new Piece("'$1 '' -- $2'", "'$1 '' -- $2'"),
                        new Piece("\"a'$1\"", "\"a'$1\""),
                        new Piece("-- it's $1\n", "-- it's $1\n"),
                        new Piece("a-b", "a-b"),
                        new Piece("''", "''"))
                .list();
    }
}
