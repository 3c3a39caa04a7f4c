package dev.loadline.mailbox;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who holds slots and waits for them: a tenant or one of its users. Not thread-safe: under its
 * mailbox's lock.
 */
abstract sealed class Party {
    private final List<Ring.Seat<?>> seats = new ArrayList<>(1); // one a class at most
    private int held;

    int held() {
        return held;
    }

    void hold(int more) {
        held += more;
        for (Ring.Seat<?> seat : seats) seat.weigh();
    }

    void sat(Ring.Seat<?> seat) {
        seats.add(seat);
    }

    void left(Ring.Seat<?> seat) {
        seats.remove(seat);
    }

    boolean idle() {
        return held == 0 && seats.isEmpty();
    }

    /** All that are known hold a slot or wait. */
    static final class Tenant extends Party {
        private final String name;
        private final Map<String, User> users = new HashMap<>();

        private Tenant(String name) {
            this.name = name;
        }

        String name() {
            return name;
        }
    }

    static final class User extends Party {
        private final Tenant tenant;
        private final String name;

        private User(Tenant tenant, String name) {
            this.tenant = tenant;
            this.name = name;
        }

        Tenant tenant() {
            return tenant;
        }
    }

    /** Those who hold a slot or wait, and nobody else: as many as there are letters, at most. */
    static final class Book {
        private final Map<String, Tenant> tenants = new HashMap<>();

        User of(Sender sender) {
            return tenants.computeIfAbsent(sender.tenant(), Tenant::new)
                    .users
                    .computeIfAbsent(
                            sender.user(), name -> new User(tenants.get(sender.tenant()), name));
        }

        /** Null: it holds nothing and does not wait. */
        @Nullable Tenant known(String tenant) {
            return tenants.get(tenant);
        }

        void took(User user) {
            user.hold(1);
            user.tenant.hold(1);
        }

        void gaveBack(User user) {
            user.hold(-1);
            user.tenant.hold(-1);
            forget(user);
        }

        /** Unless it holds a slot or waits. */
        void forget(User user) {
            Tenant tenant = user.tenant;
            if (user.idle()) tenant.users.remove(user.name, user);
            if (tenant.idle() && tenant.users.isEmpty()) tenants.remove(tenant.name, tenant);
        }

        int size() {
            return tenants.values().stream().mapToInt(tenant -> 1 + tenant.users.size()).sum();
        }
    }
}
