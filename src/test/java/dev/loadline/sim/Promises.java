package dev.loadline.sim;

import dev.loadline.core.Json;
import dev.loadline.core.Prompt;
import dev.loadline.core.Utf16;
import dev.loadline.model.ModelRequest;
import dev.loadline.store.Rows;
import dev.loadline.store.StoredTurn;
import dev.loadline.store.TurnStore;
import dev.loadline.turn.Message;
import dev.loadline.turn.Status;
import dev.loadline.turn.Step;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.TurnMemo;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** What is promised of texts: each is in one turn, and a model sees it, once. */
final class Promises {
    private static final String TURNS_OF =
            "SELECT turn FROM messages WHERE role = 'user' AND body = $1";

    private static final String UNFINISHED = "SELECT 1 FROM turns WHERE ended IS NULL LIMIT 1";

    private final Simulation sim;
    private final SimDisk disk;
    private final TurnStore oracle;
    private final Map<String, Set<String>> seen = new HashMap<>();
    private final Map<String, Set<String>> answers = new HashMap<>(); // by turn and step

    Promises(Simulation sim, SimDisk disk, TurnStore oracle) {
        this.sim = sim;
        this.disk = disk;
        this.oracle = oracle;
    }

    /** A model is asked. */
    void prompted(ModelRequest request) {
        List<Prompt.Said> said = request.prompt().messages();
        if (!said.getLast().byUser()) sim.violated("a prompt that does not end with the user");
        for (SimClient client : sim.clients()) {
            long times = said.stream().filter(each -> each.text().equals(client.text)).count();
            if (client.key != null && times > 1)
                sim.violated("one prompt has a text twice: " + client.text);
        }
        StoredTurn turn = oracle.turn(request.turn()).result().orElse(null);
        if (turn == null) sim.world.saw("asked ahead of a commit that was lost");
        if (request.step() == 1) return;
        sim.world.saw("another step");
        if (turn == null || turn.steps() == null) return;
        for (Step step : turn.steps()) {
            boolean before = step.step() < request.step() && !step.text().isEmpty();
            if (before && said.stream().noneMatch(each -> each.text().equals(step.text())))
                sim.violated("a prompt lacks what an earlier step said: " + step.text());
        }
    }

    /** A model has answered to the end. */
    void answered(ModelRequest request, String said) {
        answers.computeIfAbsent(
                        request.turn().value() + "/" + request.step(), step -> new HashSet<>())
                .add(Utf16.wellFormed(said));
        Set<String> texts = seen.computeIfAbsent(request.turn().value(), turn -> new HashSet<>());
        for (Prompt.Said each : request.prompt().messages())
            if (each.byUser()) texts.add(each.text());
    }

    boolean somethingRuns() {
        return !disk.transaction(tx -> tx.run(UNFINISHED)).isEmpty();
    }

    boolean holds(String turn, String text) {
        return sim.stored(turn).stream().flatMap(Promises::texts).anyMatch(text::equals);
    }

    private static Stream<String> texts(StoredTurn turn) {
        return Stream.concat(
                turn.head().input().stream().map(Message::text),
                turn.joined().stream().map(TurnEvent.Input::message).map(Message::text));
    }

    /** What a client holds at the end is what the turn said. */
    void readWhole(SimClient client) {
        if (client.last == null || client.turn == null) return;
        String whole = sim.stored(client.turn).map(StoredTurn::text).orElse("nothing");
        if (!client.said().equals(whole))
            sim.violated("the client holds '" + client.said() + "', the turn said '" + whole + "'");
    }

    /** What principals were charged is what their turns used, whatever was written twice. */
    void tokensOnce() {
        long used =
                rows("SELECT memo FROM turns WHERE ended IS NOT NULL").stream()
                        .map(row -> Json.read(row.text(0), TurnMemo.class).usage())
                        .mapToLong(usage -> usage.input() + usage.output())
                        .sum();
        long charged =
                rows("SELECT tokens FROM token_use").stream().mapToLong(row -> row.number(0)).sum();
        if (used != charged) sim.violated("charged " + charged + " tokens for " + used);
        if (used > 0) sim.world.saw("tokens charged");
    }

    private List<Rows.Row> rows(String sql) {
        return Objects.requireNonNull(disk.transaction(tx -> tx.run(sql))).rows();
    }

    /** The client was told that its message is kept. */
    void keptTo(SimClient client) {
        Rows rows = Objects.requireNonNull(disk.transaction(tx -> tx.run(TURNS_OF, client.text)));
        int times = rows.rows().size();
        if (times == 0) sim.violated("an acknowledged message is gone: " + client.text);
        if (client.key != null && times > 1)
            sim.violated("a message with a key is stored twice: " + client.text);
        for (Rows.Row row : rows.rows()) {
            StoredTurn turn = sim.stored(row.text(0)).orElseThrow();
            if (!turn.status().ended())
                sim.violated("an acknowledged turn never ended: " + row.text(0));
            boolean unseen = !seen.getOrDefault(row.text(0), Set.of()).contains(client.text);
            if (turn.status() == Status.COMPLETED && unseen)
                sim.violated("no model of turn " + row.text(0) + " has seen " + client.text);
            if (turn.status() == Status.COMPLETED) answeredByOne(turn);
        }
    }

    /** What a step says is one model's answer, whole, and nothing of another's. */
    private void answeredByOne(StoredTurn turn) {
        List<Step> steps = turn.steps() == null ? List.of() : turn.steps();
        for (Step step : steps) {
            String which = turn.head().id().value() + "/" + step.step();
            if (!answers.getOrDefault(which, Set.of()).contains(step.text()))
                sim.violated("no model said this in step " + which + ": '" + step.text() + "'");
        }
    }
}
