package dev.loadline.app.settings;

import dev.loadline.core.Nearest;
import dev.loadline.core.Principal;
import dev.loadline.core.Role;
import dev.loadline.core.Sha256;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads {@code auth}, and the variable that stands in for it. */
final class AuthReader {
    static final String VARIABLE = "LOADLINE_API_KEY";
    static final String NEEDED =
            "anything but loopback needs auth, set auth.keys or the variable "
                    + VARIABLE
                    + ", or use 127.0.0.1";

    static final String PRINCIPAL = "tenant/user, such as acme/ann, each without spaces and /";

    private static final int KEY_MAX = 4096; // characters; the doors take no longer token
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-fA-F]{64}");
    private static final Pattern KEY = Pattern.compile("[!-~]{1," + KEY_MAX + "}");
    private static final Pattern NAME = Pattern.compile("[^\\s\\p{Cntrl}/]{1,128}");
    private static final String OF_NOTHING = Sha256.hex("");
    private static final Map<String, Role> ROLES = roles();

    private AuthReader() {}

    private static Map<String, Role> roles() {
        Map<String, Role> roles = new TreeMap<>();
        for (Role role : Role.values()) roles.put(role.wire(), role);
        return roles;
    }

    /** Whether auth is wanted, right or wrong. */
    static boolean asked(Section root, Map<String, String> environment) {
        return root.section("auth").has("keys") || !variable(environment).isEmpty();
    }

    static AuthSettings read(Section root, Errors errors, Map<String, String> environment) {
        Section auth = root.section("auth");
        List<ApiKey> keys = keys(auth);
        String variable = variable(environment);
        if (auth.has("keys")) {
            AuthSettings.From from =
                    variable.isEmpty()
                            ? AuthSettings.From.FILE
                            : AuthSettings.From.FILE_AND_NOT_VARIABLE;
            return new AuthSettings(keys, from);
        }
        if (variable.isEmpty()) return AuthSettings.OPEN;
        if (!KEY.matcher(variable).matches())
            errors.add(
                    VARIABLE,
                    0,
                    "",
                    "must be 1 to " + KEY_MAX + " visible ASCII characters without spaces");
        var owner =
                new ApiKey(
                        Sha256.hex(variable),
                        new Principal("default", "owner"),
                        EnumSet.allOf(Role.class));
        return new AuthSettings(List.of(owner), AuthSettings.From.VARIABLE);
    }

    private static String variable(Map<String, String> environment) {
        return environment.getOrDefault(VARIABLE, "");
    }

    private static List<ApiKey> keys(Section auth) {
        List<ApiKey> keys = new ArrayList<>();
        Map<String, Integer> seen = new HashMap<>();
        List<Section> items = auth.sections("keys");
        if (items.isEmpty() && auth.has("keys"))
            auth.refuse("keys", "must have at least one key, or be left out");
        for (int i = 0; i < items.size(); i++) {
            Section item = items.get(i);
            String hash = required(item, "sha256", AuthReader::sha256, hashRule());
            Principal principal = required(item, "principal", AuthReader::principal, PRINCIPAL);
            Set<Role> roles = roles(item);
            if (OF_NOTHING.equals(hash)) item.refuse("sha256", "is the hash of no key at all");
            Integer before = hash == null ? null : seen.putIfAbsent(hash, i);
            if (before != null) item.refuse("sha256", "is that of keys[" + before + "], too");
            if (hash != null && principal != null) keys.add(new ApiKey(hash, principal, roles));
        }
        return keys;
    }

    private static String hashRule() {
        return "the key's SHA-256, 64 hex digits (printf %s KEY | sha256sum)";
    }

    private interface Parser<T> {
        @Nullable T parse(String text);
    }

    private static <T> @Nullable T required(
            Section item, String key, Parser<T> parser, String rule) {
        if (!item.has(key)) item.refuse(key, "is missing, it must be " + rule);
        String text = item.textOrNull(key);
        T value = text == null ? null : parser.parse(text);
        if (text != null && value == null) item.refuse(key, "must be " + rule);
        return value;
    }

    private static @Nullable String sha256(String text) {
        return SHA_256.matcher(text).matches() ? text.toLowerCase(Locale.ROOT) : null;
    }

    /** Null if the text is no principal. */
    static @Nullable Principal principal(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length != 2 || !isName(parts[0]) || !isName(parts[1])) return null;
        return new Principal(parts[0], parts[1]);
    }

    /** True for what may be a tenant's or a user's name. */
    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    private static Set<Role> roles(Section item) {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        List<Section.Item> texts = item.texts("roles");
        if (!item.has("roles")) return Set.of(Role.USER);
        for (Section.Item text : texts) {
            Role role = ROLES.get(text.text());
            if (role != null) roles.add(role);
            else
                item.refuseItem(
                        "roles",
                        text.index(),
                        text.line(),
                        "must be one of %s; did you mean %s?"
                                .formatted(
                                        String.join(", ", ROLES.keySet()),
                                        Nearest.to(text.text(), ROLES.keySet())));
        }
        if (texts.isEmpty()) item.refuse("roles", "must name at least one of operator, user");
        return roles;
    }
}
