package dev.loadline.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.context.ContextTask.Answer.Assembled;
import dev.loadline.core.ContextReport.Source;
import dev.loadline.core.ContextReport.SourceStatus;
import dev.loadline.core.Prompt;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

import java.util.ArrayList;
import java.util.List;

/**
 * Goal: no history, budget or message breaks a prompt's budget, order or books. Method: random
 * ones.
 */
class AssemblerInvariantsTest {
    private static final Tokenizer CHARS = String::length;

    @Property
    void a_prompt_is_within_its_budget_in_order_and_its_books_add_up(
            @ForAll("messages") List<Prompt.Said> drawn,
            @ForAll @IntRange(min = 1, max = 300) int budget,
            @ForAll @IntRange(max = 60) int instructions,
            @ForAll @IntRange(max = 60) int input) {
        List<Prompt.Said> history = numbered(drawn);
        var agent = Agents.with("i".repeat(instructions), budget);
        var message = new Prompt.Said("new", true, "x".repeat(input));
        Assembled made =
                Assembler.assemble(
                        new ContextTask.Assemble(agent, 1, history, List.of(message)), CHARS);

        List<Prompt.Said> messages = made.prompt().messages();
        List<Prompt.Said> kept = messages.subList(0, messages.size() - 1);
        assertThat(messages.getLast()).isEqualTo(message);
        assertThat(kept).isEqualTo(history.subList(history.size() - kept.size(), history.size()));
        boolean cut = kept.size() < history.size();
        if (cut && kept.stream().anyMatch(Prompt.Said::byUser))
            assertThat(kept.getFirst().byUser()).as("begins with the user").isTrue();

        int fixed = cost(message) + (instructions == 0 ? 0 : instructions + 4);
        int tokens = made.prompt().tokens();
        assertThat(tokens <= budget || (kept.isEmpty() && tokens == fixed)).isTrue();
        assertThat(tokens).isEqualTo(fixed + kept.stream().mapToInt(m -> cost(m)).sum());
        for (Source source : made.report().sources()) {
            assertThat(source.kept())
                    .isEqualTo(source.offered() - source.duplicate() - source.trimmed());
            assertThat(source.status() == SourceStatus.TRIMMED).isEqualTo(source.trimmed() > 0);
        }
        Source books = made.report().sources().get(1);
        assertThat(books.found()).isEqualTo(history.size());
        assertThat(books.offered()).isEqualTo(history.stream().mapToInt(m -> cost(m)).sum());

        boolean fits =
                Assembler.measure(new ContextTask.Measure(agent, message.text()), CHARS).fits();
        assertThat(fits).as("what was measured holds").isEqualTo(fixed <= budget);
    }

    private static int cost(Prompt.Said message) {
        return message.text().length() + 4;
    }

    private static List<Prompt.Said> numbered(List<Prompt.Said> drawn) {
        var all = new ArrayList<Prompt.Said>();
        for (Prompt.Said one : drawn)
            all.add(new Prompt.Said("m" + all.size(), one.byUser(), one.text()));
        return all;
    }

    @Provide
    Arbitrary<List<Prompt.Said>> messages() {
        return Combinators.combine(
                        Arbitraries.of(true, false), Arbitraries.strings().alpha().ofMaxLength(40))
                .as((byUser, text) -> new Prompt.Said("m", byUser, text))
                .list()
                .ofMaxSize(12);
    }
}
