package dev.loadline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Goal: habits that no compiler holds. Method: the sources as text, without their comments and
 * strings, against a page of bans; each ban must find its own example.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TidyTest {
    private static final int LINES_MAX = 400;
    private static final int LINES_WARN = 300;

    /**
     * @param inComments whether comments and strings are searched, too
     */
    private record Ban(
            String what,
            Predicate<Path> where,
            boolean inComments,
            String example,
            String instead) {
        Pattern pattern() {
            return Pattern.compile(what);
        }

        @Override
        public String toString() {
            return what;
        }
    }

    private static Ban code(String what, Predicate<Path> where, String example, String instead) {
        return new Ban(what, where, false, example, instead);
    }

    private static boolean anywhere(Path path) {
        return path.startsWith("src");
    }

    private static boolean product(Path path) {
        return path.startsWith("src/main/java");
    }

    private static Predicate<Path> productBut(String... rooms) {
        List<Path> free =
                Stream.of(rooms).map(Path.of("src/main/java/dev/loadline")::resolve).toList();
        return path -> product(path) && free.stream().noneMatch(path::startsWith);
    }

    static List<Ban> bans() {
        String words = "(?i:util|utils|helper|helpers|manager|managers|common|impl)";
        return List.of(
                code(
                        "\\bThread\\.sleep\\b|\\bTimeUnit\\.\\w+\\.sleep\\b",
                        TidyTest::anywhere,
                        "Thread.sleep(5);",
                        "core.Timers, or wait for the condition itself: a sleep is too long or too short"),
                code(
                        "\\bSystem\\.(currentTimeMillis|nanoTime)\\b",
                        productBut("core"),
                        "long now = System.nanoTime();",
                        "core.Clock: time is an argument, so that tests and the simulation own it"),
                code(
                        "\\b(Instant|LocalDate|LocalDateTime|ZonedDateTime|OffsetDateTime)\\.now\\(|\\bClock\\.system(UTC|DefaultZone)\\b|\\bnew Date\\(\\)",
                        productBut("core"),
                        "var now = Instant.now();",
                        "core.Clock and core.Rfc3339: time is an argument"),
                code(
                        "\\bSystem\\.(out|err)\\b",
                        productBut("app"),
                        "System.out.println(x);",
                        "an SLF4J logger: only the command line speaks to the terminal"),
                code(
                        "\\b(java\\.util\\.Random\\b|new Random\\(|ThreadLocalRandom\\b|SecureRandom\\b|UUID\\.randomUUID\\b|Math\\.random\\b)",
                        productBut("core"),
                        "var id = UUID.randomUUID();",
                        "core.Ids or a RandomGenerator that is given: a run must be repeatable by its seed"),
                code(
                        "\\.printStackTrace\\(",
                        TidyTest::anywhere,
                        "wrong.printStackTrace();",
                        "log it with what was being done, or let it go on"),
                code(
                        "\\bcatch\\s*\\([^)]*\\)\\s*\\{\\s*\\}",
                        TidyTest::anywhere,
                        "catch (IOException ignored) { /* fine */ }",
                        "an answer for the caller, a count or a log line: nothing fails in silence"),
                code(
                        "\\bjava\\.util\\.logging\\b",
                        TidyTest::anywhere,
                        "import java.util.logging.Logger;",
                        "SLF4J: one log, one format"),
                code(
                        "\\bClass\\.forName\\b",
                        TidyTest::product,
                        "Class.forName(name);",
                        "a constructor call in Loadline: the assembly is one page to read"),
                code(
                        "@Disabled\\b",
                        TidyTest::anywhere,
                        "@Disabled void later() {}",
                        "mend the test or delete it"),
                code(
                        "\\bsynchronized\\s*\\(this\\)",
                        TidyTest::product,
                        "synchronized (this) {",
                        "a private lock: nobody else may hold yours"),
                code(
                        "\\b(class|interface|record|enum)\\s+("
                                + words
                                + "|\\w+(Util|Utils|Helper|Helpers|Manager|Impl))\\b",
                        TidyTest::anywhere,
                        "final class StoreManager {",
                        "the name of what it does"),
                code(
                        "\\bpackage\\s+[\\w.]*\\b" + words + "\\b",
                        TidyTest::anywhere,
                        "package dev.loadline.store.util;",
                        "the room it belongs to: such packages collect what belongs nowhere"),
                new Ban(
                        "\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b",
                        TidyTest::anywhere,
                        true,
                        "// TO" + "DO later",
                        "do it now, or open an issue"));
    }

    private record Source(Path path, String text, String code) {}

    private final List<Source> sources = read();

    @ParameterizedTest
    @MethodSource("bans")
    void nothing_banned_is_used(Ban ban) {
        List<String> found = new ArrayList<>();
        for (Source source : sources) {
            if (!ban.where().test(source.path())) continue;
            Matcher matcher =
                    ban.pattern().matcher(ban.inComments() ? source.text() : source.code());
            while (matcher.find())
                found.add(source.path() + ":" + line(source.text(), matcher.start()));
        }
        assertThat(found).as("instead of " + ban.what() + ": " + ban.instead()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("bans")
    void a_ban_finds_its_example_and_not_a_mention_of_it(Ban ban) {
        String searched = ban.inComments() ? ban.example() : codeOf(ban.example());
        assertThat(ban.pattern().matcher(searched).find()).isTrue();
        if (ban.inComments()) return;
        for (String mention :
                List.of("// %s\n", "String s = \"%s\";", "/** %s */", "\"\"\"\n%s\n\"\"\";")) {
            String quoted = mention.formatted(ban.example().replaceAll("/\\*.*?\\*/", ""));
            assertThat(ban.pattern().matcher(codeOf(quoted)).find()).as(quoted).isFalse();
        }
    }

    @Test
    void a_ban_knows_where_it_holds() {
        Path clock = Path.of("src/main/java/dev/loadline/core/Clock.java");
        Path feed = Path.of("src/main/java/dev/loadline/turn/Feed.java");
        Path test = Path.of("src/test/java/dev/loadline/turn/FeedTest.java");
        assertThat(Stream.of(clock, feed, test).filter(productBut("core"))).containsExactly(feed);
        assertThat(sources).extracting(Source::path).contains(clock, feed);
    }

    @Test
    void no_file_is_longer_than_one_can_hold_in_mind() {
        assertThat(sources.stream().filter(source -> lines(source) > LINES_MAX).map(Source::path))
                .as("longer than %d lines: split them by what changes together", LINES_MAX)
                .isEmpty();
        sources.stream()
                .filter(source -> lines(source) > LINES_WARN)
                .forEach(
                        source ->
                                System.out.println(
                                        "long: " + source.path() + ", " + lines(source)));
    }

    @Test
    void every_room_has_a_sign_on_its_door() {
        List<Path> unsigned =
                sources.stream()
                        .filter(source -> source.path().startsWith("src/main/java"))
                        .map(source -> source.path().getParent())
                        .distinct()
                        .filter(room -> !isSigned(room))
                        .toList();
        assertThat(unsigned)
                .as(
                        "rooms whose package-info.java says what they are for, in a comment of a few lines, and is @NullMarked")
                .isEmpty();
    }

    private boolean isSigned(Path room) {
        return sources.stream()
                .filter(source -> source.path().equals(room.resolve("package-info.java")))
                .anyMatch(
                        sign ->
                                sign.text().startsWith("/**")
                                        && sign.text().indexOf("*/") > 40
                                        && sign.code().contains("@NullMarked"));
    }

    @Test
    void comments_and_strings_are_blanked_and_lines_stay() {
        String text =
                """
                a "b \\" c" d // e "f
                g 'h' '"' i /* j
                k */ l \"""
                m "n" \\\""" o
                \""" p
                """;
        assertThat(codeOf(text).lines().map(line -> line.replaceAll(" +", " ").strip()))
                .containsExactly("a d", "g i", "l", "", "p");
        assertThat(codeOf(text)).hasSameSizeAs(text);
    }

    /** The text with blanks for comments, strings and characters; line breaks stay. */
    private static String codeOf(String text) {
        var code = new StringBuilder(text);
        int at = 0;
        while (at < text.length()) {
            int end = endOfNoCode(text, at);
            for (int i = at; i < end; i++) if (text.charAt(i) != '\n') code.setCharAt(i, ' ');
            at = Math.max(end, at + 1);
        }
        return code.toString();
    }

    /** Where the comment or literal ends that begins here; {@code at} if none does. */
    private static int endOfNoCode(String text, int at) {
        if (text.startsWith("//", at)) return before(text, "\n", at);
        if (text.startsWith("/*", at)) return after(text, "*/", at + 2);
        for (String quote : List.of("\"\"\"", "\"", "'"))
            if (text.startsWith(quote, at)) return afterLiteral(text, quote, at + quote.length());
        return at;
    }

    private static int afterLiteral(String text, String quote, int from) {
        int at = from;
        while (at < text.length() && !text.startsWith(quote, at))
            at += text.charAt(at) == '\\' ? 2 : 1;
        return Math.min(text.length(), at + quote.length());
    }

    private static int before(String text, String end, int from) {
        int found = text.indexOf(end, from);
        return found < 0 ? text.length() : found;
    }

    private static int after(String text, String end, int from) {
        int found = text.indexOf(end, from);
        return found < 0 ? text.length() : found + end.length();
    }

    private static List<Source> read() {
        try (Stream<Path> files = Files.walk(Path.of("src"))) {
            List<Source> sources = new ArrayList<>();
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).sorted().toList()) {
                String text = Files.readString(file);
                sources.add(new Source(file, text, codeOf(text)));
            }
            return sources;
        } catch (IOException unreadable) {
            throw new java.io.UncheckedIOException(unreadable);
        }
    }

    private static long lines(Source source) {
        return source.text().lines().count();
    }

    private static long line(String text, int at) {
        return text.substring(0, at).chars().filter(c -> c == '\n').count() + 1;
    }
}
