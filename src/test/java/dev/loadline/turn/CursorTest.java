package dev.loadline.turn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Ids;

import org.junit.jupiter.api.Test;

/** Goal: cursors fit the wire's form. Method: write and read some. */
class CursorTest {
    @Test
    void the_longest_fits_sixty_four_characters_and_comes_back() {
        var cursor = new Cursor(Ids.secure().turn(), 999_999_999, 999_999_999, 999_999_999);
        assertThat(cursor.toString()).hasSizeLessThanOrEqualTo(64).matches("[A-Za-z0-9._-]+");
        assertThat(Cursor.parse(cursor.toString())).contains(cursor);
    }

    @Test
    void what_is_none_is_refused() {
        for (String bad :
                new String[] {
                    "", "x", "t.1.2", "t.1.2.3.4", "t.-1.2.3", "t.1.2.9999999999", "t .1.2.3"
                }) {
            assertThat(Cursor.parse(bad)).as(bad).isEmpty();
        }
    }
}
