package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Json;
import dev.loadline.core.Utf16;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;

import java.util.List;

/**
 * Goal: any string comes back from its JSON as it was, but for lone halves of pairs. Method: random
 * strings of any UTF-16 units, read by Jackson.
 */
class JsonBytesTest {
    private final JsonBytes out = new JsonBytes();

    @Property
    void a_string_comes_back(@ForAll List<@StringLength(max = 40) String> texts) {
        for (String text : texts) {
            String json = out.string(text).take().toString();
            assertThat(json).doesNotContain("\n", "\r");
            assertThat(Json.read(json, String.class)).isEqualTo(Utf16.wellFormed(text));
        }
    }

    @Property
    void any_units_come_back(@ForAll char[] units) {
        String text = new String(units);
        String json = out.string(text).take().toString();
        assertThat(Json.read(json, String.class)).isEqualTo(Utf16.wellFormed(text));
    }
}
