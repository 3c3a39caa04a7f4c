package dev.loadline.transport;

import static dev.loadline.transport.Routes.Kind.ACT;
import static dev.loadline.transport.Routes.Kind.READ;
import static dev.loadline.transport.Routes.Kind.WORK;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Quota;
import dev.loadline.core.Role;
import dev.loadline.engine.Quotas;
import dev.loadline.engine.Turns;
import dev.loadline.transport.Routes.Route;
import dev.loadline.turn.Page;

import io.vertx.core.http.HttpMethod;

import java.util.List;

/** Who you are, which agents there are, and your conversations. */
final class ConversationDoors {
    private final Turns turns;
    private final Quotas quotas;

    ConversationDoors(Turns turns, Quotas quotas) {
        this.turns = turns;
        this.quotas = quotas;
    }

    List<Route> routes() {
        return List.of(
                Route.of(HttpMethod.GET, READ, "/api/me", this::me),
                Route.of(HttpMethod.GET, READ, "/api/agents", this::agents),
                Route.of(HttpMethod.POST, WORK, "/api/conversations", this::open),
                Route.of(HttpMethod.GET, READ, "/api/conversations", this::list),
                Route.of(HttpMethod.GET, READ, "/api/conversations/:id", this::read),
                Route.of(HttpMethod.DELETE, ACT, "/api/conversations/:id", this::delete),
                Route.of(HttpMethod.GET, READ, "/api/conversations/:id/messages", this::messages),
                Route.of(HttpMethod.GET, READ, "/api/conversations/:id/turns", this::turns));
    }

    /** An absent limit does not exist, and what is used of it is absent, too. */
    record Me(String principal, List<Role> roles, Quota quotas, Quota used) {}

    private void me(Exchange exchange) {
        Caller caller = exchange.caller();
        var roles = caller.roles().stream().sorted().toList();
        Principal principal = caller.principal();
        exchange.when(
                quotas.used(principal),
                used ->
                        exchange.json(
                                200,
                                new Me(
                                        principal.toString(),
                                        roles,
                                        quotas.limits(principal),
                                        used)));
    }

    private void agents(Exchange exchange) {
        exchange.json(200, new Page<>(turns.agents(), null, null));
    }

    private void open(Exchange exchange) {
        Requests.Open asked = Requests.open(exchange.body());
        exchange.when(
                turns.open(exchange.caller().principal(), asked.agent(), asked.id()),
                opened -> exchange.json(opened.created() ? 201 : 200, opened.conversation()));
    }

    private void list(Exchange exchange) {
        Requests.Part part = Requests.part(exchange, false);
        exchange.when(
                turns.conversations(exchange.caller().principal(), part.limit(), part.before()),
                page -> exchange.json(200, page));
    }

    private void read(Exchange exchange) {
        exchange.when(turns.conversation(key(exchange)), found -> exchange.json(200, found));
    }

    private void delete(Exchange exchange) {
        exchange.when(turns.delete(key(exchange)), gone -> exchange.empty(204));
    }

    private void messages(Exchange exchange) {
        ConversationKey key = key(exchange);
        Requests.Part part = Requests.part(exchange, true);
        exchange.when(
                turns.messages(key, part.limit(), part.before(), part.after()),
                page -> exchange.json(200, page));
    }

    private void turns(Exchange exchange) {
        ConversationKey key = key(exchange);
        Requests.Part part = Requests.part(exchange, false);
        exchange.when(
                turns.turns(key, part.limit(), part.before()), page -> exchange.json(200, page));
    }

    /** The conversation that the path names; an id of another form names none. */
    static ConversationKey key(Exchange exchange) {
        String id = exchange.name("id");
        if (!Requests.isId(id)) throw new ProblemException(Problem.notFound("conversation"));
        return new ConversationKey(exchange.caller().principal(), id);
    }
}
