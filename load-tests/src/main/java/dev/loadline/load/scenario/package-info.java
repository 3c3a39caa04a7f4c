/**
 * One class for each question that is asked of a server. A scenario is found by its name: {@code
 * hello} is {@code Hello}.
 */
package dev.loadline.load.scenario;
