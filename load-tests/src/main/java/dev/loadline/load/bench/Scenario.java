package dev.loadline.load.bench;

/** One question that is asked of a server under load. Has a constructor without arguments. */
public interface Scenario {
    /** The question, in a sentence. */
    String asks();

    /**
     * Answers it. What was found until then stands in the report also if this fails.
     *
     * @throws Exception what made an answer impossible; the run is void then
     */
    void run(Bench bench, Result result) throws Exception;
}
