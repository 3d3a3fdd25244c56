<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>AdapterRecipeSheet</name>
    <message>
        <source>Go on from what it learned</source>
        <translation>Weitermachen, wo es aufgehört hat</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Use these settings</source>
        <translation>Diese Einstellungen verwenden</translation>
    </message>
    <message>
        <source>These settings cannot work together.</source>
        <translation>Diese Einstellungen passen nicht zusammen.</translation>
    </message>
    <message>
        <source>No setting would change.</source>
        <translation>Keine Einstellung würde sich ändern.</translation>
    </message>
    <message numerus="yes">
        <source>%n more setting(s) are the same as yours.</source>
        <translation>
            <numerusform>%n weitere Einstellung ist wie die eigene.</numerusform>
            <numerusform>%n weitere Einstellungen sind wie die eigenen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Training begins with its weights instead of a fresh adapter. The run keeps a copy of the file.</source>
        <translation>Das Training beginnt mit ihren Gewichten statt mit einem neuen Adapter. Der Lauf behält eine Kopie der Datei.</translation>
    </message>
    <message>
        <source>Not taken over</source>
        <translation>Nicht übernommen</translation>
    </message>
    <message>
        <source>Unknown, so they stay as they are</source>
        <translation>Unbekannt, bleiben also, wie sie sind</translation>
    </message>
    <message>
        <source>Nothing would change.</source>
        <translation>Nichts würde sich ändern.</translation>
    </message>
</context>
<context>
    <name>AdvancedCard</name>
    <message>
        <source>Reset all</source>
        <translation>Alles zurücksetzen</translation>
    </message>
    <message>
        <source>Edit as text</source>
        <translation>Als Text bearbeiten</translation>
    </message>
</context>
<context>
    <name>AdvancedRow</name>
    <message>
        <source>auto</source>
        <translation>auto</translation>
    </message>
    <message>
        <source>preset</source>
        <translation>Vorlage</translation>
    </message>
    <message>
        <source>yours</source>
        <translation>eigen</translation>
    </message>
    <message>
        <source>{choices}: {why}</source>
        <translation>{choices}: {why}</translation>
    </message>
</context>
<context>
    <name>Amount</name>
    <message>
        <source>To a rank</source>
        <translation>Auf einen Rang</translation>
    </message>
    <message>
        <source>By what is kept</source>
        <translation>Nach dem, was bleibt</translation>
    </message>
    <message>
        <source>How near</source>
        <translation>Wie nah</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>Rang</translation>
    </message>
    <message>
        <source>Half the rank makes half the file.</source>
        <translation>Halber Rang macht eine halb so große Datei.</translation>
    </message>
    <message>
        <source>Keep at least</source>
        <translation>Mindestens behalten</translation>
    </message>
    <message>
        <source>Every layer gets the fewest ranks that keep this much of its change.</source>
        <translation>Jede Schicht bekommt die wenigsten Ränge, die so viel von ihrer Änderung behalten.</translation>
    </message>
</context>
<context>
    <name>BakeForm</name>
    <message>
        <source>Base model</source>
        <translation>Basismodell</translation>
    </message>
    <message>
        <source>Choose a base model</source>
        <translation>Basismodell wählen</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Close this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
</context>
<context>
    <name>BaseCard</name>
    <message>
        <source>Look for models</source>
        <translation>Modelle suchen</translation>
    </message>
    <message>
        <source>Add a model</source>
        <translation>Modell hinzufügen</translation>
    </message>
    <message>
        <source>Looking through the usual folders…</source>
        <translation>Die üblichen Ordner werden durchsucht …</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>Basismodell</translation>
    </message>
    <message numerus="yes">
        <source>Show %n more</source>
        <translation>
            <numerusform>%n weiteres zeigen</numerusform>
            <numerusform>%n weitere zeigen</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>BaseChoice</name>
    <message>
        <source>Choose a file</source>
        <translation>Datei wählen</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>Ordner wählen</translation>
    </message>
    <message numerus="yes">
        <source>And %n more.</source>
        <translation>
            <numerusform>Und %n weiteres.</numerusform>
            <numerusform>Und %n weitere.</numerusform>
        </translation>
    </message>
    <message>
        <source>Not offered: {reasons}</source>
        <translation>Nicht angeboten: {reasons}</translation>
    </message>
    <message>
        <source>No fitting base model was found. {words}</source>
        <translation>Kein passendes Basismodell gefunden. {words}</translation>
    </message>
    <message>
        <source>Models (*.safetensors)</source>
        <translation>Modelle (*.safetensors)</translation>
    </message>
</context>
<context>
    <name>BaseModelsPage</name>
    <message>
        <source>Search again</source>
        <translation>Erneut suchen</translation>
    </message>
    <message>
        <source>Where to get one</source>
        <translation>Wo es welche gibt</translation>
    </message>
    <message>
        <source>Add folder</source>
        <translation>Ordner hinzufügen</translation>
    </message>
    <message>
        <source>Add a model</source>
        <translation>Modell hinzufügen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Cancel the search</source>
        <translation>Suche abbrechen</translation>
    </message>
    <message>
        <source>Cancel the conversion</source>
        <translation>Umwandlung abbrechen</translation>
    </message>
    <message>
        <source>Cancel the download</source>
        <translation>Download abbrechen</translation>
    </message>
    <message>
        <source>No other base model yet</source>
        <translation>Noch kein anderes Basismodell</translation>
    </message>
    <message>
        <source>The Practice base is enough to learn with. For adapters that others can use, add a Stable Diffusion 1.x, 2.x or XL model: one that you have, or one from Hugging Face.</source>
        <translation>Zum Lernen genügt die Übungsbasis. Für Adapter, die auch andere benutzen können, ein Modell von Stable Diffusion 1.x, 2.x oder XL hinzufügen: ein eigenes oder eines von Hugging Face.</translation>
    </message>
    <message>
        <source>Watched folders</source>
        <translation>Beobachtete Ordner</translation>
    </message>
    <message>
        <source>The usual folders of ComfyUI, A1111, Forge, InvokeAI, StabilityMatrix and the Hugging Face cache are looked through as well. Nothing in them is changed or moved.</source>
        <translation>Auch die üblichen Ordner von ComfyUI, A1111, Forge, InvokeAI, StabilityMatrix und dem Zwischenspeicher von Hugging Face werden durchsucht. Nichts darin wird geändert oder verschoben.</translation>
    </message>
    <message>
        <source>Base models</source>
        <translation>Basismodelle</translation>
    </message>
    <message>
        <source>What an adapter is trained on. Models stay where they are.</source>
        <translation>Worauf ein Adapter trainiert wird. Modelle bleiben, wo sie sind.</translation>
    </message>
    <message numerus="yes">
        <source>%n base model(s) can be trained</source>
        <translation>
            <numerusform>%n Basismodell ist trainierbar</numerusform>
            <numerusform>%n Basismodelle sind trainierbar</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n watched folder(s), and the usual ones.</source>
        <translation>
            <numerusform>%n beobachteter Ordner und die üblichen.</numerusform>
            <numerusform>%n beobachtete Ordner und die üblichen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Drop to add {name}</source>
        <translation>Ablegen fügt {name} hinzu</translation>
    </message>
    <message>
        <source>Drop to add the base model in {name}</source>
        <translation>Ablegen fügt das Basismodell in {name} hinzu</translation>
    </message>
    <message>
        <source>Looking for base models…</source>
        <translation>Basismodelle werden gesucht …</translation>
    </message>
    <message>
        <source>A search is under way</source>
        <translation>Eine Suche läuft</translation>
    </message>
    <message>
        <source>Looking for base models: {count} files and folders so far, now in {where}</source>
        <translation>Basismodelle werden gesucht: bisher {count} Dateien und Ordner, jetzt in {where}</translation>
    </message>
    <message>
        <source>Converting {name}: {percent} % written</source>
        <translation>{name} wird umgewandelt: {percent} % geschrieben</translation>
    </message>
    <message>
        <source>Converting {name}: reading it back to check it</source>
        <translation>{name} wird umgewandelt: zur Prüfung wird alles zurückgelesen</translation>
    </message>
    <message>
        <source>Downloading {name}: {percent} % of {size}</source>
        <translation>{name} wird heruntergeladen: {percent} % von {size}</translation>
    </message>
    <message>
        <source>Downloading {name}: checking what has come</source>
        <translation>{name} wird heruntergeladen: was ankam, wird geprüft</translation>
    </message>
    <message>
        <source>Do not watch {folder} any more</source>
        <translation>{folder} nicht mehr beobachten</translation>
    </message>
    <message>
        <source>{name} is on the list.</source>
        <translation>{name} steht in der Liste.</translation>
    </message>
    <message>
        <source>A Stable Diffusion 1.x, 2.x or XL model in one .safetensors file, with its text encoder and VAE.</source>
        <translation>Ein Modell von Stable Diffusion 1.x, 2.x oder XL in einer .safetensors-Datei, mit Textencoder und VAE.</translation>
    </message>
    <message>
        <source>A folder of such a model in the diffusers layout: it holds model_index.json.</source>
        <translation>Der Ordner eines solchen Modells im Aufbau von diffusers: darin liegt model_index.json.</translation>
    </message>
    <message>
        <source>Old files that end in .ckpt or .pt can carry programs that run when other programs open them. The app runs nothing in them: it can write their numbers as a .safetensors file, and trains on that.</source>
        <translation>Alte Dateien, die auf .ckpt oder .pt enden, können Programme enthalten, die starten, wenn andere Programme sie öffnen. Die App führt nichts darin aus: Sie kann die Zahlen als .safetensors-Datei schreiben und trainiert auf dieser.</translation>
    </message>
    <message>
        <source>One from Hugging Face…</source>
        <translation>Eines von Hugging Face …</translation>
    </message>
    <message>
        <source>Models (*.safetensors *.ckpt *.pt *.pth *.bin)</source>
        <translation>Modelle (*.safetensors *.ckpt *.pt *.pth *.bin)</translation>
    </message>
    <message>
        <source>{name} is being converted. One model at a time.</source>
        <translation>{name} wird gerade umgewandelt. Immer nur ein Modell auf einmal.</translation>
    </message>
    <message>
        <source>Save the converted model</source>
        <translation>Das umgewandelte Modell speichern</translation>
    </message>
    <message>
        <source>Models (*.safetensors)</source>
        <translation>Modelle (*.safetensors)</translation>
    </message>
    <message>
        <source>Convert it safely…</source>
        <translation>Sicher umwandeln …</translation>
    </message>
    <message>
        <source>This project trains on {name} now.</source>
        <translation>Dieses Projekt trainiert jetzt auf {name}.</translation>
    </message>
    <message>
        <source>An adapter changes a base model, so you need one of the kind you want to draw with. It can be a Stable Diffusion 1.x, 2.x or XL model: one .safetensors file, or a folder in the diffusers layout with model_index.json in it. It is downloaded only when you ask for it, and nothing inside it is ever run.</source>
        <translation>Ein Adapter verändert ein Basismodell; gebraucht wird also eines von der Art, mit der gezeichnet werden soll. Es kann ein Modell von Stable Diffusion 1.x, 2.x oder XL sein: eine .safetensors-Datei oder ein Ordner im Aufbau von diffusers, in dem model_index.json liegt. Heruntergeladen wird es nur auf Wunsch, und nichts darin wird je ausgeführt.</translation>
    </message>
    <message>
        <source>{name} was looked at again.</source>
        <translation>{name} wurde noch einmal geprüft.</translation>
    </message>
    <message>
        <source>{name} is off the list. Its files stay where they are.</source>
        <translation>{name} steht nicht mehr in der Liste. Die Dateien bleiben, wo sie sind.</translation>
    </message>
    <message>
        <source>Practice base</source>
        <translation>Übungsbasis</translation>
    </message>
    <message>
        <source>What works as a base model</source>
        <translation>Was als Basismodell taugt</translation>
    </message>
    <message>
        <source>A LoRA, a VAE or a ControlNet changes a base model and cannot stand in for one.</source>
        <translation>LoRA, VAE und ControlNet verändern ein Basismodell und können keines ersetzen.</translation>
    </message>
    <message>
        <source>A folder in the diffusers layout</source>
        <translation>Ein Ordner im Aufbau von diffusers</translation>
    </message>
    <message>
        <source>A single file</source>
        <translation>Eine einzelne Datei</translation>
    </message>
    <message>
        <source>Watch a folder for base models</source>
        <translation>Einen Ordner auf Basismodelle beobachten</translation>
    </message>
    <message>
        <source>{folder} is not watched any more.</source>
        <translation>{folder} wird nicht mehr beobachtet.</translation>
    </message>
</context>
<context>
    <name>BaseRow</name>
    <message>
        <source>Use</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>Use {name} for this project</source>
        <translation>{name} für dieses Projekt verwenden</translation>
    </message>
    <message>
        <source>Convert {name} safely</source>
        <translation>{name} sicher umwandeln</translation>
    </message>
    <message>
        <source>More for {name}</source>
        <translation>Mehr zu {name}</translation>
    </message>
    <message>
        <source>{name}, {state}</source>
        <translation>{name}, {state}</translation>
    </message>
    <message>
        <source>It is not there any more. The drive may be unplugged or the folder moved.</source>
        <translation>Nicht mehr vorhanden. Vielleicht ist das Laufwerk nicht angeschlossen oder der Ordner verschoben.</translation>
    </message>
    <message>
        <source>A small model that draws icons at 128 px. It is for learning the app and for trying things out, not for art; an adapter made with it works only with it.</source>
        <translation>Ein kleines Modell, das Symbole mit 128 px zeichnet. Es ist zum Kennenlernen und Ausprobieren gedacht, nicht für Kunst; ein damit erstellter Adapter passt nur zu ihm.</translation>
    </message>
    <message>
        <source>Not there</source>
        <translation>Nicht vorhanden</translation>
    </message>
    <message>
        <source>Used by this project</source>
        <translation>In diesem Projekt verwendet</translation>
    </message>
    <message>
        <source>Can be trained</source>
        <translation>Trainierbar</translation>
    </message>
    <message>
        <source>Damaged</source>
        <translation>Beschädigt</translation>
    </message>
    <message>
        <source>Cannot be trained</source>
        <translation>Nicht trainierbar</translation>
    </message>
    <message>
        <source>Model card</source>
        <translation>Modellkarte</translation>
    </message>
    <message>
        <source>Notice</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>Einzelheiten</translation>
    </message>
    <message>
        <source>Convert it safely…</source>
        <translation>Sicher umwandeln …</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>Im Ordner zeigen</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Erneut prüfen</translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation>Aus der Liste nehmen</translation>
    </message>
</context>
<context>
    <name>CaptionEditor</name>
    <message>
        <source>Caption</source>
        <translation>Beschreibung</translation>
    </message>
    <message>
        <source>Add a tag</source>
        <translation>Schlagwort hinzufügen</translation>
    </message>
    <message>
        <source>As text</source>
        <translation>Als Text</translation>
    </message>
    <message>
        <source>As tags</source>
        <translation>Schlagwörter</translation>
    </message>
    <message>
        <source>These captions differ, so only tags can be changed together.</source>
        <translation>Diese Beschreibungen sind verschieden; gemeinsam lassen sich nur Schlagwörter ändern.</translation>
    </message>
    <message>
        <source>This caption has several lines, which tags would lose.</source>
        <translation>Diese Beschreibung hat mehrere Zeilen, die als Schlagwörter verloren gingen.</translation>
    </message>
    <message>
        <source>Show the caption as tags or as text ({keys})</source>
        <translation>Beschreibung als Schlagwörter oder als Text zeigen ({keys})</translation>
    </message>
    <message>
        <source>Hollow tags are in only some of them. Press Enter on one to give it to all.</source>
        <translation>Hohle Schlagwörter stehen nur in einigen. Die Eingabetaste gibt eines allen.</translation>
    </message>
    <message>
        <source>{word} is put in front for training.</source>
        <translation>{word} wird zum Training vorangestellt.</translation>
    </message>
    <message>
        <source>The trigger word. Training puts it in front of every caption.</source>
        <translation>Das Auslösewort. Das Training stellt es jeder Beschreibung voran.</translation>
    </message>
    <message>
        <source>In {count} of {total}</source>
        <translation>In {count} von {total}</translation>
    </message>
    <message numerus="yes">
        <source>%n word(s)</source>
        <translation>
            <numerusform>%n Wort</numerusform>
            <numerusform>%n Wörter</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{count} of %n token(s)</source>
        <translation>
            <numerusform>{count} von %n Token</numerusform>
            <numerusform>{count} von %n Tokens</numerusform>
        </translation>
    </message>
    <message>
        <source>Counted as your base model reads it, the trigger word included.</source>
        <translation>Gezählt, wie das Basismodell liest, mit Auslösewort.</translation>
    </message>
    <message numerus="yes">
        <source>The base model reads %n token(s). The end of this caption is ignored.</source>
        <translation>
            <numerusform>Das Basismodell liest %n Token. Das Ende dieser Beschreibung bleibt unbeachtet.</numerusform>
            <numerusform>Das Basismodell liest %n Tokens. Das Ende dieser Beschreibung bleibt unbeachtet.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ChangesSheet</name>
    <message>
        <source>Nothing would change.</source>
        <translation>Nichts würde sich ändern.</translation>
    </message>
    <message>
        <source>Your recipe is the same.</source>
        <translation>Das eigene Rezept ist dasselbe.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Use this recipe</source>
        <translation>Dieses Rezept verwenden</translation>
    </message>
</context>
<context>
    <name>Closing</name>
    <message>
        <source>Training is still running</source>
        <translation>Das Training läuft noch</translation>
    </message>
    <message>
        <source>It carries on by itself when the window closes. Open the app again to see it.</source>
        <translation>Es läuft von selbst weiter, wenn das Fenster schließt. Beim nächsten Öffnen der App ist es wieder zu sehen.</translation>
    </message>
    <message>
        <source>Do not ask again</source>
        <translation>Nicht noch einmal fragen</translation>
    </message>
    <message>
        <source>Pause and close</source>
        <translation>Anhalten und schließen</translation>
    </message>
    <message>
        <source>Close and keep training</source>
        <translation>Schließen und weitertrainieren</translation>
    </message>
    <message>
        <source>Pausing</source>
        <translation>Wird angehalten</translation>
    </message>
    <message>
        <source>Finishing the step and saving. The window closes by itself.</source>
        <translation>Der Schritt wird beendet und gesichert. Das Fenster schließt von selbst.</translation>
    </message>
</context>
<context>
    <name>CompareGrid</name>
    <message>
        <source>Comparison</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Your pick</source>
        <translation>Ausgewählt</translation>
    </message>
    <message>
        <source>Could not be drawn</source>
        <translation>Zeichnen misslang</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Not drawn</source>
        <translation>Nicht gezeichnet</translation>
    </message>
    <message>
        <source>Draw</source>
        <translation>Zeichnen</translation>
    </message>
    <message>
        <source>seed {seed}</source>
        <translation>Startwert {seed}</translation>
    </message>
</context>
<context>
    <name>ComparePage</name>
    <message>
        <source>Save as picture</source>
        <translation>Als Bild speichern</translation>
    </message>
    <message>
        <source>None looks right</source>
        <translation>Keine sieht gut aus</translation>
    </message>
    <message>
        <source>Export adapter</source>
        <translation>Adapter exportieren</translation>
    </message>
    <message numerus="yes">
        <source>Train %n more epoch(s)</source>
        <translation>
            <numerusform>%n Epoche weiter trainieren</numerusform>
            <numerusform>%n Epochen weiter trainieren</numerusform>
        </translation>
    </message>
    <message>
        <source>Go to Train</source>
        <translation>Zum Training</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>Epochen</translation>
    </message>
    <message>
        <source>Strengths</source>
        <translation>Stärken</translation>
    </message>
    <message>
        <source>One by one</source>
        <translation>Einzeln</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Trainings</translation>
    </message>
    <message>
        <source>What is compared</source>
        <translation>Was verglichen wird</translation>
    </message>
    <message>
        <source>Add a prompt</source>
        <translation>Prompt hinzufügen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
    <message>
        <source>Epoch before</source>
        <translation>Vorige Epoche</translation>
    </message>
    <message>
        <source>Epoch after</source>
        <translation>Nächste Epoche</translation>
    </message>
    <message>
        <source>Prompt above</source>
        <translation>Prompt darüber</translation>
    </message>
    <message>
        <source>Prompt below</source>
        <translation>Prompt darunter</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Same prompt, same seed, every epoch. Pick the one that looks right.</source>
        <translation>Gleicher Prompt, gleicher Startwert, jede Epoche. Nun die wählen, die stimmt.</translation>
    </message>
    <message>
        <source>Pick the epoch that looks right</source>
        <translation>Die Epoche wählen, die stimmt</translation>
    </message>
    <message>
        <source>Epoch {epoch} at strength {strength}</source>
        <translation>Epoche {epoch} mit Stärke {strength}</translation>
    </message>
    <message>
        <source>No picture is drawn at this strength yet.</source>
        <translation>In dieser Stärke ist noch kein Bild gezeichnet.</translation>
    </message>
    <message>
        <source>Click a title, or press {key} on a picture.</source>
        <translation>Auf einen Titel klicken oder auf einem Bild {key} drücken.</translation>
    </message>
    <message>
        <source>At 0 you see the base alone. The strength of the pick stays.</source>
        <translation>Bei 0 ist das Basismodell allein zu sehen. Die Stärke der Wahl bleibt.</translation>
    </message>
    <message>
        <source>Along a row everything is the same but the epoch. The first column is the base model alone. Arrow keys move, holding {flip} shows the left picture, {open} shows it large or draws what is missing, {pick} picks, {stars_0} to {stars_5} rate. In the large view {before} and {after} change the epoch, {above} and {below} the prompt, and {zoom} zooms.</source>
        <translation>In einer Zeile ist alles gleich bis auf die Epoche. Die erste Spalte ist das Basismodell allein. Pfeiltasten bewegen, {flip} gehalten zeigt das linke Bild, {open} zeigt es groß oder zeichnet, was fehlt, {pick} wählt aus, {stars_0} bis {stars_5} bewertet. In der großen Ansicht wechseln {before} und {after} die Epoche, {above} und {below} den Prompt, und {zoom} vergrößert.</translation>
    </message>
    <message>
        <source>a close copy</source>
        <translation>fast eine Kopie</translation>
    </message>
    <message>
        <source>very close to {name}</source>
        <translation>sehr nah an {name}</translation>
    </message>
    <message>
        <source>Being drawn</source>
        <translation>Wird gezeichnet</translation>
    </message>
    <message>
        <source>Not drawn at {strength}</source>
        <translation>Bei {strength} nicht gezeichnet</translation>
    </message>
    <message>
        <source>Draw it</source>
        <translation>Zeichnen</translation>
    </message>
    <message>
        <source>Epoch {epoch}</source>
        <translation>Epoche {epoch}</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>{epoch} at {strength}</source>
        <translation>{epoch} bei {strength}</translation>
    </message>
    <message>
        <source>All epochs</source>
        <translation>Alle Epochen</translation>
    </message>
    <message>
        <source>A few, evenly spread</source>
        <translation>Einige, gleichmäßig verteilt</translation>
    </message>
    <message>
        <source>Training is using this computer. Pause it, or wait until it ends.</source>
        <translation>Das Training nutzt diesen Rechner. Anhalten oder warten, bis es endet.</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n Bild</numerusform>
            <numerusform>%n Bilder</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s), {span}</source>
        <translation>
            <numerusform>%n Bild, {span}</numerusform>
            <numerusform>%n Bilder, {span}</numerusform>
        </translation>
    </message>
    <message>
        <source>Drawing {number} of {total}</source>
        <translation>{number} von {total} wird gezeichnet</translation>
    </message>
    <message>
        <source>Not drawn yet: {cost}</source>
        <translation>Noch nicht gezeichnet: {cost}</translation>
    </message>
    <message numerus="yes">
        <source>Draw %n picture(s)</source>
        <translation>
            <numerusform>%n Bild zeichnen</numerusform>
            <numerusform>%n Bilder zeichnen</numerusform>
        </translation>
    </message>
    <message>
        <source>Pictures (*.png)</source>
        <translation>Bilder (*.png)</translation>
    </message>
    <message>
        <source>Saved {name}</source>
        <translation>{name} gespeichert</translation>
    </message>
    <message>
        <source>Columns {shown} of {all}</source>
        <translation>Spalten {shown} von {all}</translation>
    </message>
    <message>
        <source>Train once, and its pictures are shown here side by side.</source>
        <translation>Nach dem ersten Training stehen seine Bilder hier nebeneinander.</translation>
    </message>
    <message>
        <source>Nothing to compare yet</source>
        <translation>Noch nichts zu vergleichen</translation>
    </message>
    <message>
        <source>The base alone is drawn first, then every epoch.</source>
        <translation>Erst wird die Basis allein gezeichnet, dann jede Epoche.</translation>
    </message>
    <message>
        <source>Pictures appear here after the first epoch</source>
        <translation>Nach der ersten Epoche erscheinen hier Bilder</translation>
    </message>
</context>
<context>
    <name>ComparisonModel</name>
    <message>
        <source>{column}, {prompt}</source>
        <translation>{column}, {prompt}</translation>
    </message>
    <message>
        <source>{column}, {prompt}, being drawn</source>
        <translation>{column}, {prompt}, wird gezeichnet</translation>
    </message>
    <message>
        <source>{column}, {prompt}, not drawn</source>
        <translation>{column}, {prompt}, nicht gezeichnet</translation>
    </message>
    <message>
        <source>{column}, {prompt}, could not be drawn</source>
        <translation>{column}, {prompt}, Zeichnen misslang</translation>
    </message>
    <message>
        <source>{cell}, your pick</source>
        <translation>{cell}, ausgewählt</translation>
    </message>
</context>
<context>
    <name>ConvertForm</name>
    <message>
        <source>For most programs</source>
        <translation>Für die meisten Programme</translation>
    </message>
    <message>
        <source>ComfyUI, A1111, Forge, InvokeAI, kohya&apos;s scripts. Choose this to share the file.</source>
        <translation>ComfyUI, A1111, Forge, InvokeAI, kohyas Skripte. Zum Weitergeben nimm das.</translation>
    </message>
    <message>
        <source>For diffusers</source>
        <translation>Für diffusers</translation>
    </message>
    <message>
        <source>The names of the diffusers library, for Python programs that are built on it.</source>
        <translation>Die Namen der Bibliothek diffusers, für Python-Programme, die auf ihr bauen.</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>fp16: what most people share</source>
        <translation>fp16: was die meisten teilen</translation>
    </message>
    <message>
        <source>bf16: as small, for very large numbers</source>
        <translation>bf16: ebenso klein, für sehr große Zahlen</translation>
    </message>
    <message>
        <source>fp32: exact, twice as large</source>
        <translation>fp32: genau, doppelt so groß</translation>
    </message>
    <message>
        <source>The file is like this already.</source>
        <translation>Die Datei ist schon so.</translation>
    </message>
    <message>
        <source>As it is: {precision}</source>
        <translation>Wie sie ist: {precision}</translation>
    </message>
    <message>
        <source>About {size}; the file has {before} now.</source>
        <translation>Etwa {size}; jetzt hat die Datei {before}.</translation>
    </message>
</context>
<context>
    <name>CoverCard</name>
    <message>
        <source>Cover</source>
        <translation>Titelbild</translation>
    </message>
    <message>
        <source>What lists of models show</source>
        <translation>Was Modelllisten zeigen</translation>
    </message>
    <message>
        <source>This epoch has no samples, so the file gets no cover.</source>
        <translation>Diese Epoche hat keine Probebilder, deshalb bekommt die Datei kein Titelbild.</translation>
    </message>
</context>
<context>
    <name>DetailsForm</name>
    <message>
        <source>Title</source>
        <translation>Titel</translation>
    </message>
    <message>
        <source>Trigger word</source>
        <translation>Auslösewort</translation>
    </message>
    <message>
        <source>Made by</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Optional</source>
        <translation>Freiwillig</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>Beschreibung</translation>
    </message>
    <message>
        <source>What it draws, and how to prompt it</source>
        <translation>Was er zeichnet, und wie man ihn anspricht</translation>
    </message>
    <message>
        <source>Cover</source>
        <translation>Titelbild</translation>
    </message>
    <message>
        <source>Choose a picture</source>
        <translation>Bild wählen</translation>
    </message>
    <message>
        <source>Without a cover</source>
        <translation>Ohne Titelbild</translation>
    </message>
    <message>
        <source>Take out how it was trained: rates, steps, tags of captions</source>
        <translation>Herausnehmen, wie trainiert wurde: Lernraten, Schritte, Tags der Bildunterschriften</translation>
    </message>
    <message>
        <source>Give it a title</source>
        <translation>Einen Titel geben</translation>
    </message>
    <message>
        <source>Nothing is changed yet</source>
        <translation>Noch ist nichts geändert</translation>
    </message>
    <message>
        <source>Not stated</source>
        <translation>Nicht angegeben</translation>
    </message>
    <message>
        <source>Pictures ({kinds})</source>
        <translation>Bilder ({kinds})</translation>
    </message>
    <message>
        <source>As it is in the file</source>
        <translation>Wie in der Datei</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keines</translation>
    </message>
</context>
<context>
    <name>EffectCard</name>
    <message>
        <source>Without and with it</source>
        <translation>Ohne und mit</translation>
    </message>
    <message>
        <source>Draw it</source>
        <translation>Zeichnen</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>Überspringen</translation>
    </message>
    <message>
        <source>Without</source>
        <translation>Ohne</translation>
    </message>
    <message>
        <source>With it</source>
        <translation>Mit</translation>
    </message>
    <message>
        <source>{prompt}, seed {seed}</source>
        <translation>{prompt}, Startwert {seed}</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Training is using this computer. Wait until it ends.</source>
        <translation>Das Training nutzt diesen Rechner. Warten, bis es endet.</translation>
    </message>
    <message>
        <source>Drawing one sample with the saved file. You can go on meanwhile.</source>
        <translation>Ein Probebild wird mit der gespeicherten Datei gezeichnet. Inzwischen kann es weitergehen.</translation>
    </message>
    <message>
        <source>One sample without and with the saved file, once training has ended.</source>
        <translation>Ein Probebild ohne und mit der gespeicherten Datei, sobald das Training endet.</translation>
    </message>
    <message>
        <source>One sample without and with the saved file.</source>
        <translation>Ein Probebild ohne und mit der gespeicherten Datei.</translation>
    </message>
    <message numerus="yes">
        <source>One sample without and with the saved file, in about %n minute(s).</source>
        <translation>
            <numerusform>Ein Probebild ohne und mit der gespeicherten Datei, in etwa %n Minute.</numerusform>
            <numerusform>Ein Probebild ohne und mit der gespeicherten Datei, in etwa %n Minuten.</numerusform>
        </translation>
    </message>
    <message>
        <source>No difference can be seen. Pick a later epoch, or train longer.</source>
        <translation>Kein Unterschied ist zu sehen. Eine spätere Epoche wählen oder länger trainieren.</translation>
    </message>
    <message>
        <source>The saved file changes the colours by {share} % on average.</source>
        <translation>Die gespeicherte Datei ändert die Farben im Mittel um {share} %.</translation>
    </message>
</context>
<context>
    <name>EpochBar</name>
    <message>
        <source>Epoch {n} of {count}</source>
        <translation>Epoche {n} von {count}</translation>
    </message>
</context>
<context>
    <name>EpochComparison</name>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>base model</source>
        <translation>Basismodell</translation>
    </message>
    <message>
        <source>Epoch {epoch}</source>
        <translation>Epoche {epoch}</translation>
    </message>
</context>
<context>
    <name>EpochList</name>
    <message>
        <source>Next samples: {when}</source>
        <translation>Nächste Probebilder: {when}</translation>
    </message>
    <message>
        <source>Before training</source>
        <translation>Vor dem Training</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>Epoch {epoch}</source>
        <translation>Epoche {epoch}</translation>
    </message>
</context>
<context>
    <name>EpochStrip</name>
    <message>
        <source>Epochs</source>
        <translation>Epochen</translation>
    </message>
</context>
<context>
    <name>ExportPage</name>
    <message>
        <source>Save adapter</source>
        <translation>Adapter speichern</translation>
    </message>
    <message>
        <source>Save again</source>
        <translation>Noch einmal speichern</translation>
    </message>
    <message>
        <source>Draw with it</source>
        <translation>Damit zeichnen</translation>
    </message>
    <message>
        <source>Go to Compare</source>
        <translation>Zum Vergleich</translation>
    </message>
    <message>
        <source>Pick an epoch in Compare first</source>
        <translation>Erst im Vergleich eine Epoche auswählen</translation>
    </message>
    <message>
        <source>The epoch you pick there is saved here as a file for other programs.</source>
        <translation>Die dort ausgewählte Epoche wird hier als Datei für andere Programme gespeichert.</translation>
    </message>
    <message>
        <source>For practice: this file works only in LoRA Studio.</source>
        <translation>Zum Üben: Diese Datei geht nur in LoRA Studio.</translation>
    </message>
    <message>
        <source>Train on a Stable Diffusion base to share it.</source>
        <translation>Zum Weitergeben trainieren Sie auf einem Stable-Diffusion-Modell.</translation>
    </message>
    <message>
        <source>Name and folder</source>
        <translation>Name und Ordner</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Choose another folder</source>
        <translation>Anderen Ordner wählen</translation>
    </message>
    <message>
        <source>What it says about itself</source>
        <translation>Was die Datei über sich sagt</translation>
    </message>
    <message>
        <source>Made by</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Optional</source>
        <translation>Freiwillig</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Not stated</source>
        <translation>Nicht angegeben</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notizen</translation>
    </message>
    <message>
        <source>What it draws, and how to prompt it</source>
        <translation>Was er zeichnet und welcher Prompt passt</translation>
    </message>
    <message>
        <source>Written into the file: what is ticked below, with the tags of your captions.</source>
        <translation>In die Datei geschrieben wird, was unten angekreuzt ist, mit den Schlagwörtern der Beschreibungen.</translation>
    </message>
    <message>
        <source>Written into the file: what is ticked below. Not written: your name, folders, captions.</source>
        <translation>In die Datei geschrieben wird, was unten angekreuzt ist. Nicht geschrieben werden: eigener Name, Ordner, Beschreibungen.</translation>
    </message>
    <message>
        <source>Written into the file: name, trigger word, base model, settings, the small cover, and what you type here. Not written: your name, folders, captions.</source>
        <translation>In die Datei geschrieben werden: Name, Auslösewort, Basismodell, Einstellungen, das kleine Titelbild und was hier eingetippt wird. Nicht geschrieben werden: eigener Name, Ordner, Beschreibungen.</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>One file, read back after it is saved.</source>
        <translation>Eine Datei, nach dem Speichern zurückgelesen.</translation>
    </message>
    <message>
        <source>Saving and reading it back</source>
        <translation>Wird gespeichert und noch einmal gelesen</translation>
    </message>
    <message>
        <source>Saved {name}</source>
        <translation>{name} gespeichert</translation>
    </message>
    <message>
        <source>Saved {name} and one for diffusers</source>
        <translation>{name} und eine Datei für diffusers gespeichert</translation>
    </message>
    <message>
        <source>Epoch {epoch}</source>
        <translation>Epoche {epoch}</translation>
    </message>
    <message>
        <source>Ready to save</source>
        <translation>Bereit zum Speichern</translation>
    </message>
    <message>
        <source>The file is written under another name first, compared with the epoch number by number, and only then gets its own. Drag the card into any folder or program. Nothing is uploaded unless you press Send.</source>
        <translation>Die Datei wird zuerst unter einem anderen Namen geschrieben, Zahl für Zahl mit der Epoche verglichen und bekommt erst dann ihren eigenen. Die Karte lässt sich in jeden Ordner und jedes Programm ziehen. Hochgeladen wird nur, was mit „Senden“ abgeschickt wird.</translation>
    </message>
    <message>
        <source>Write the trigger word {word} into the file</source>
        <translation>Das Auslösewort {word} in die Datei schreiben</translation>
    </message>
    <message>
        <source>Rank {rank}</source>
        <translation>Rang {rank}</translation>
    </message>
    <message>
        <source>Suggested strength {strength}</source>
        <translation>Empfohlene Stärke {strength}</translation>
    </message>
    <message>
        <source>Give it a name</source>
        <translation>Einen Namen geben</translation>
    </message>
    <message>
        <source>A name cannot hold / \ : * ? &quot; &lt; &gt; |</source>
        <translation>Ein Name darf / \ : * ? &quot; &lt; &gt; | nicht enthalten</translation>
    </message>
    <message>
        <source>A name cannot begin or end with a dot or space</source>
        <translation>Ein Name darf nicht mit Punkt oder Leerzeichen beginnen oder enden</translation>
    </message>
    <message>
        <source>This name is too long for a file</source>
        <translation>Dieser Name ist zu lang für eine Datei</translation>
    </message>
    <message>
        <source>There is already a file {name}.</source>
        <translation>Es gibt schon eine Datei {name}.</translation>
    </message>
    <message>
        <source>Nothing was written. Replacing it cannot be undone.</source>
        <translation>Nichts wurde geschrieben. Ersetzen lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>Save as v{version}</source>
        <translation>Als v{version} speichern</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>Folder for adapters</source>
        <translation>Ordner für Adapter</translation>
    </message>
    <message>
        <source>Path copied</source>
        <translation>Pfad kopiert</translation>
    </message>
    <message>
        <source>Prompt copied</source>
        <translation>Prompt kopiert</translation>
    </message>
</context>
<context>
    <name>ExtractForm</name>
    <message>
        <source>What one model has learned beyond the other becomes an adapter, which makes the second draw like the first as nearly as its ranks allow.</source>
        <translation>Was ein Modell über das andere hinaus gelernt hat, wird ein Adapter. Mit ihm zeichnet das zweite so ähnlich wie das erste, wie seine Ränge erlauben.</translation>
    </message>
    <message>
        <source>The model that learned something</source>
        <translation>Das Modell, das etwas gelernt hat</translation>
    </message>
    <message>
        <source>The model it was trained from</source>
        <translation>Das Modell, aus dem es trainiert wurde</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Attention: as most adapters have</source>
        <translation>Aufmerksamkeit: wie bei den meisten Adaptern</translation>
    </message>
    <message>
        <source>Attention and feed forward</source>
        <translation>Aufmerksamkeit und Vorwärtsschichten</translation>
    </message>
    <message>
        <source>All, with convolutions: the nearest</source>
        <translation>Alle, mit Faltungen: am nächsten</translation>
    </message>
    <message>
        <source>Text encoder too</source>
        <translation>Auch der Textteil</translation>
    </message>
    <message>
        <source>Choose two base models</source>
        <translation>Zwei Basismodelle wählen</translation>
    </message>
    <message>
        <source>Choose two different models</source>
        <translation>Zwei verschiedene Modelle wählen</translation>
    </message>
</context>
<context>
    <name>FieldRow</name>
    <message>
        <source>This value was not taken: {why}.</source>
        <translation>Dieser Wert wurde nicht übernommen: {why}.</translation>
    </message>
</context>
<context>
    <name>FileCard</name>
    <message>
        <source>No file yet</source>
        <translation>Noch keine Datei</translation>
    </message>
</context>
<context>
    <name>FilesForm</name>
    <message>
        <source>Add a file</source>
        <translation>Datei hinzufügen</translation>
    </message>
    <message>
        <source>With strength 0 nothing of {name} is left: take it out</source>
        <translation>Mit Stärke 0 bleibt nichts von {name}: herausnehmen</translation>
    </message>
    <message>
        <source>Choose files</source>
        <translation>Dateien wählen</translation>
    </message>
    <message>
        <source>Add files</source>
        <translation>Dateien hinzufügen</translation>
    </message>
    <message>
        <source>Adapters (*.safetensors)</source>
        <translation>Adapter (*.safetensors)</translation>
    </message>
</context>
<context>
    <name>FilterRail</name>
    <message>
        <source>Show</source>
        <translation>Anzeigen</translation>
    </message>
    <message>
        <source>All pictures</source>
        <translation>Alle Bilder</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>Weggelassen</translation>
    </message>
    <message>
        <source>Just added</source>
        <translation>Gerade hinzugefügt</translation>
    </message>
    <message>
        <source>From Recipe</source>
        <translation>Aus dem Rezept</translation>
    </message>
    <message>
        <source>Needs a look</source>
        <translation>Zu prüfen</translation>
    </message>
    <message>
        <source>No caption</source>
        <translation>Ohne Beschreibung</translation>
    </message>
    <message>
        <source>Duplicates</source>
        <translation>Doppelte</translation>
    </message>
    <message>
        <source>Too small</source>
        <translation>Zu klein</translation>
    </message>
    <message>
        <source>Cannot be opened</source>
        <translation>Nicht zu öffnen</translation>
    </message>
    <message>
        <source>Extreme shape</source>
        <translation>Extreme Form</translation>
    </message>
    <message>
        <source>Blurry</source>
        <translation>Unscharf</translation>
    </message>
    <message>
        <source>Also noted</source>
        <translation>Auch bemerkt</translation>
    </message>
    <message>
        <source>Tags in use</source>
        <translation>Verwendete Schlagwörter</translation>
    </message>
</context>
<context>
    <name>FilterRow</name>
    <message numerus="yes">
        <source>{label}, %n picture(s)</source>
        <translation>
            <numerusform>{label}, %n Bild</numerusform>
            <numerusform>{label}, %n Bilder</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FinishCard</name>
    <message>
        <source>When it finishes</source>
        <translation>Wenn es fertig ist</translation>
    </message>
    <message>
        <source>Show a notification</source>
        <translation>Benachrichtigung zeigen</translation>
    </message>
    <message>
        <source>Sleep afterwards</source>
        <translation>Danach schlafen</translation>
    </message>
    <message>
        <source>The computer goes to sleep, with a minute to call it off. Only while LoRA Studio is open.</source>
        <translation>Der Rechner geht in den Ruhezustand; eine Minute lang lässt sich das absagen. Nur solange LoRA Studio offen ist.</translation>
    </message>
</context>
<context>
    <name>FixRow</name>
    <message>
        <source>Use</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>Use: {change}</source>
        <translation>Nehmen: {change}</translation>
    </message>
</context>
<context>
    <name>FolderRow</name>
    <message>
        <source>Choose</source>
        <translation>Wählen</translation>
    </message>
    <message>
        <source>Choose: {setting}</source>
        <translation>Wählen: {setting}</translation>
    </message>
    <message>
        <source>{folder} cannot be written to, so the old folder stays.</source>
        <translation>In {folder} kann nicht geschrieben werden; der alte Ordner bleibt.</translation>
    </message>
</context>
<context>
    <name>FreeSpaceSheet</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Prepared pictures</source>
        <translation>Vorbereitete Bilder</translation>
    </message>
    <message>
        <source>Made again when training goes on.</source>
        <translation>Werden neu erstellt, wenn das Training weitergeht.</translation>
    </message>
    <message>
        <source>Saves to go on from</source>
        <translation>Sicherungen zum Fortsetzen</translation>
    </message>
    <message>
        <source>This run is finished and does not need them.</source>
        <translation>Dieser Lauf ist fertig und braucht sie nicht.</translation>
    </message>
    <message>
        <source>Without them this run cannot go on.</source>
        <translation>Ohne sie kann dieser Lauf nicht weitergehen.</translation>
    </message>
    <message>
        <source>Your pick and what you rated stay: epoch {epochs}.</source>
        <translation>Die ausgewählte und die bewerteten bleiben: Epoche {epochs}.</translation>
    </message>
    <message numerus="yes">
        <source>%n other epoch(s)</source>
        <translation>
            <numerusform>%n andere Epoche</numerusform>
            <numerusform>%n andere Epochen</numerusform>
        </translation>
    </message>
    <message>
        <source>Move {size} to the bin</source>
        <translation>{size} in den Papierkorb</translation>
    </message>
    <message>
        <source>Choose what may go</source>
        <translation>Wählen, was weg darf</translation>
    </message>
</context>
<context>
    <name>GpuMeter</name>
    <message>
        <source>Graphics memory in use</source>
        <translation>Belegter Grafikspeicher</translation>
    </message>
    <message>
        <source>{used} of {total} GB in use</source>
        <translation>{used} von {total} GB belegt</translation>
    </message>
    <message>
        <source>No graphics card</source>
        <translation>Keine Grafikkarte</translation>
    </message>
    <message>
        <source>The Practice base needs none</source>
        <translation>Die Übungsbasis braucht keine</translation>
    </message>
</context>
<context>
    <name>GroupRow</name>
    <message>
        <source>Lines of {group}</source>
        <translation>Zeilen von {group}</translation>
    </message>
    <message numerus="yes">
        <source>%n line(s)</source>
        <translation>
            <numerusform>%n Zeile</numerusform>
            <numerusform>%n Zeilen</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>HappenedCard</name>
    <message>
        <source>What happened</source>
        <translation>Was geschah</translation>
    </message>
    <message>
        <source>Full log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Nothing yet.</source>
        <translation>Noch nichts.</translation>
    </message>
</context>
<context>
    <name>HubSheet</name>
    <message>
        <source>Get a model from Hugging Face</source>
        <translation>Ein Modell von Hugging Face holen</translation>
    </message>
    <message>
        <source>Nothing is downloaded before you have seen its size and licence.</source>
        <translation>Heruntergeladen wird erst, wenn Größe und Lizenz zu sehen waren.</translation>
    </message>
    <message>
        <source>Id of the model</source>
        <translation>Kennung des Modells</translation>
    </message>
    <message>
        <source>It stands at the top of the model&apos;s page. The address of the page works too.</source>
        <translation>Sie steht oben auf der Seite des Modells. Auch die Adresse der Seite geht.</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Only where a model comes in several files; else leave it empty.</source>
        <translation>Nur bei Modellen, die es in mehreren Dateien gibt; sonst leer lassen.</translation>
    </message>
    <message>
        <source>Open its page</source>
        <translation>Seite öffnen</translation>
    </message>
    <message>
        <source>Look it up</source>
        <translation>Nachsehen</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>Herunterladen</translation>
    </message>
    <message>
        <source>Look it up first</source>
        <translation>Erst nachsehen</translation>
    </message>
    <message>
        <source>Type the id first</source>
        <translation>Erst die Kennung eingeben</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s), {size}</source>
        <translation>
            <numerusform>%n Datei, {size}</numerusform>
            <numerusform>%n Dateien, {size}</numerusform>
        </translation>
    </message>
    <message>
        <source>Licence: {name}</source>
        <translation>Lizenz: {name}</translation>
    </message>
    <message>
        <source>Its page states no licence.</source>
        <translation>Seine Seite nennt keine Lizenz.</translation>
    </message>
    <message>
        <source>Free on the disk: {size}</source>
        <translation>Frei auf dem Laufwerk: {size}</translation>
    </message>
    <message>
        <source>Its owner wants the licence accepted on its page first.</source>
        <translation>Vorher muss auf seiner Seite die Lizenz angenommen werden.</translation>
    </message>
    <message>
        <source>There is not enough room on the disk</source>
        <translation>Auf dem Laufwerk ist nicht genug Platz</translation>
    </message>
    <message>
        <source>Another model is being downloaded</source>
        <translation>Ein anderes Modell wird gerade heruntergeladen</translation>
    </message>
</context>
<context>
    <name>ImagesPage</name>
    <message>
        <source>Add images</source>
        <translation>Bilder hinzufügen</translation>
    </message>
    <message>
        <source>Continue to Recipe</source>
        <translation>Weiter zum Rezept</translation>
    </message>
    <message>
        <source>Drop images or a folder here</source>
        <translation>Bilder oder einen Ordner hier ablegen</translation>
    </message>
    <message>
        <source>They stay where they are and are never changed.</source>
        <translation>Sie bleiben, wo sie sind, und werden nie verändert.</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>Ordner wählen</translation>
    </message>
    <message>
        <source>Search captions and names</source>
        <translation>Beschreibungen und Namen durchsuchen</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Words of captions and names, or tag:mist  -tag:fog  issue:blurry  size:&lt;768</source>
        <translation>Wörter aus Beschreibungen und Namen, oder tag:mist  -tag:fog  issue:blurry  size:&lt;768</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Crops</source>
        <translation>Zuschnitte</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Show caption and checks</source>
        <translation>Beschreibung und Prüfungen zeigen</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>Nichts gefunden</translation>
    </message>
    <message>
        <source>Clear filter</source>
        <translation>Filter aufheben</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Checking {done} of {total}</source>
        <translation>{done} von {total} geprüft</translation>
    </message>
    <message>
        <source>Looking for pictures</source>
        <translation>Bilder werden gesucht</translation>
    </message>
    <message numerus="yes">
        <source>{folder}  ·  %n picture(s)</source>
        <translation>
            <numerusform>{folder}  ·  %n Bild</numerusform>
            <numerusform>{folder}  ·  %n Bilder</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{count} folders  ·  %n picture(s)</source>
        <translation>
            <numerusform>{count} Ordner  ·  %n Bild</numerusform>
            <numerusform>{count} Ordner  ·  %n Bilder</numerusform>
        </translation>
    </message>
    <message>
        <source>You can write captions meanwhile.</source>
        <translation>Beschreibungen lassen sich inzwischen schon schreiben.</translation>
    </message>
    <message>
        <source>{ready} of {total} pictures are ready</source>
        <translation>{ready} von {total} Bildern sind bereit</translation>
    </message>
    <message numerus="yes">
        <source>%n (is|are) left out.</source>
        <translation>
            <numerusform>%n ist weggelassen.</numerusform>
            <numerusform>%n sind weggelassen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n will be used and (needs|need) a look first.</source>
        <translation>
            <numerusform>%n wird verwendet und sollte vorher angesehen werden.</numerusform>
            <numerusform>%n werden verwendet und sollten vorher angesehen werden.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n will be used.</source>
        <translation>
            <numerusform>%n wird verwendet.</numerusform>
            <numerusform>%n werden verwendet.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of them (needs|need) a look first.</source>
        <translation>
            <numerusform>%n davon sollte vorher angesehen werden.</numerusform>
            <numerusform>%n davon sollten vorher angesehen werden.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cannot be opened and (stays|stay) out.</source>
        <translation>
            <numerusform>%n lässt sich nicht öffnen und bleibt draußen.</numerusform>
            <numerusform>%n lassen sich nicht öffnen und bleiben draußen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Here are the pictures that the adapter learns from. Each should have a caption that says what is in it. {edit} or typing edits the caption, {leave_out} leaves a picture out, {next} goes to the next one that needs a look, {open} shows it large. Pictures are never changed; captions are saved as you type, and {undo} takes changes back.</source>
        <translation>Hier stehen die Bilder, aus denen der Adapter lernt. Jedes sollte eine Beschreibung haben, die sagt, was darauf ist. {edit} oder Tippen bearbeitet die Beschreibung, {leave_out} lässt ein Bild weg, {next} geht zum nächsten, das zu prüfen ist, {open} zeigt es groß. Bilder werden nie verändert; Beschreibungen werden beim Tippen gesichert, und {undo} nimmt Änderungen zurück.</translation>
    </message>
    <message>
        <source>Drop to add to {project}</source>
        <translation>Ablegen fügt zu {project} hinzu</translation>
    </message>
    <message>
        <source>They stay where they are.</source>
        <translation>Sie bleiben, wo sie sind.</translation>
    </message>
    <message numerus="yes">
        <source>Review %n issue(s)</source>
        <translation>
            <numerusform>%n Hinweis durchsehen</numerusform>
            <numerusform>%n Hinweise durchsehen</numerusform>
        </translation>
    </message>
    <message>
        <source>No picture has the tag &apos;{tag}&apos;.</source>
        <translation>Kein Bild hat das Schlagwort „{tag}“.</translation>
    </message>
    <message>
        <source>No picture fits &apos;{search}&apos;.</source>
        <translation>Kein Bild passt zu „{search}“.</translation>
    </message>
    <message>
        <source>No picture is in this list.</source>
        <translation>In dieser Liste ist kein Bild.</translation>
    </message>
    <message>
        <source>{title} {body}</source>
        <translation>{title} {body}</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) (was|were) added outside the app.</source>
        <translation>
            <numerusform>%n Bild kam außerhalb der App dazu.</numerusform>
            <numerusform>%n Bilder kamen außerhalb der App dazu.</numerusform>
        </translation>
    </message>
    <message>
        <source>Show them</source>
        <translation>Zeigen</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) (is|are) not there any more.</source>
        <translation>
            <numerusform>%n Bild ist nicht mehr da.</numerusform>
            <numerusform>%n Bilder sind nicht mehr da.</numerusform>
        </translation>
    </message>
    <message>
        <source>They were moved, renamed or deleted outside the app.</source>
        <translation>Sie wurden außerhalb der App verschoben, umbenannt oder gelöscht.</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Erneut nachsehen</translation>
    </message>
    <message numerus="yes">
        <source>%n caption(s) (was|were) changed outside the app. (It was|They were) read again.</source>
        <translation>
            <numerusform>%n Bildunterschrift wurde außerhalb der App geändert. Sie wurde neu gelesen.</numerusform>
            <numerusform>%n Bildunterschriften wurden außerhalb der App geändert. Sie wurden neu gelesen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Captions are saved as text files beside the pictures.</source>
        <translation>Bildunterschriften werden als Textdateien neben den Bildern gespeichert.</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) left out.</source>
        <translation>
            <numerusform>%n Bild weggelassen.</numerusform>
            <numerusform>%n Bilder weggelassen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) taken back in.</source>
        <translation>
            <numerusform>%n Bild wieder aufgenommen.</numerusform>
            <numerusform>%n Bilder wieder aufgenommen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) kept as (it is|they are).</source>
        <translation>
            <numerusform>%n Bild bleibt, wie es ist.</numerusform>
            <numerusform>%n Bilder bleiben, wie sie sind.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n smaller (copy|copies) added to the project.</source>
        <translation>
            <numerusform>%n kleinere Kopie ist jetzt im Projekt.</numerusform>
            <numerusform>%n kleinere Kopien sind jetzt im Projekt.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Making %n smaller (copy|copies)…</source>
        <translation>
            <numerusform>%n kleinere Kopie wird erstellt…</numerusform>
            <numerusform>%n kleinere Kopien werden erstellt…</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) still (needs|need) a look.</source>
        <translation>
            <numerusform>%n Bild ist noch zu prüfen.</numerusform>
            <numerusform>%n Bilder sind noch zu prüfen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Every picture was looked at.</source>
        <translation>Alle Bilder sind durchgesehen.</translation>
    </message>
    <message>
        <source>Choose a folder of pictures</source>
        <translation>Einen Ordner mit Bildern wählen</translation>
    </message>
    <message>
        <source>Find the folder of pictures</source>
        <translation>Den Ordner mit den Bildern suchen</translation>
    </message>
    <message>
        <source>Save the caption elsewhere</source>
        <translation>Beschreibung anderswo speichern</translation>
    </message>
    <message>
        <source>Saved as {name}.</source>
        <translation>Als {name} gespeichert.</translation>
    </message>
</context>
<context>
    <name>InspectSheet</name>
    <message>
        <source>Show in folder</source>
        <translation>Im Ordner zeigen</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Use its settings…</source>
        <translation>Einstellungen daraus verwenden …</translation>
    </message>
    <message>
        <source>Open the project first that is to have them</source>
        <translation>Erst das Projekt öffnen, das sie bekommen soll</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>It is not a plain LoRA</source>
        <translation>Es ist kein einfaches LoRA</translation>
    </message>
    <message>
        <source>Many programs misread such files. The app can write the nearest plain LoRA beside it.</source>
        <translation>Viele Programme lesen solche Dateien falsch. Die App kann das nächste einfache LoRA daneben schreiben.</translation>
    </message>
    <message>
        <source>Make it plain</source>
        <translation>In einfaches LoRA umwandeln</translation>
    </message>
    <message numerus="yes">
        <source>%n entr(y|ies)</source>
        <translation>
            <numerusform>%n Eintrag</numerusform>
            <numerusform>%n Einträge</numerusform>
        </translation>
    </message>
    <message>
        <source>Everything written into the file</source>
        <translation>Alles, was in der Datei geschrieben steht</translation>
    </message>
</context>
<context>
    <name>Inspector</name>
    <message>
        <source>Chosen pictures</source>
        <translation>Gewählte Bilder</translation>
    </message>
    <message>
        <source>Close this panel</source>
        <translation>Diese Leiste schließen</translation>
    </message>
    <message>
        <source>How often it is shown in an epoch</source>
        <translation>Wie oft es in einer Epoche gezeigt wird</translation>
    </message>
    <message>
        <source>times</source>
        <translation>mal</translation>
    </message>
    <message>
        <source>Shown in an epoch</source>
        <translation>In einer Epoche gezeigt</translation>
    </message>
    <message>
        <source>Leave out</source>
        <translation>Weglassen</translation>
    </message>
    <message>
        <source>No picture chosen</source>
        <translation>Kein Bild gewählt</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) chosen</source>
        <translation>
            <numerusform>%n Bild gewählt</numerusform>
            <numerusform>%n Bilder gewählt</numerusform>
        </translation>
    </message>
    <message>
        <source>Choose a picture to see its crop, caption and checks.</source>
        <translation>Ein Bild wählen, um Zuschnitt, Beschreibung und Prüfungen zu sehen.</translation>
    </message>
    <message numerus="yes">
        <source>%n (needs|need) a look.</source>
        <translation>
            <numerusform>%n ist zu prüfen.</numerusform>
            <numerusform>%n sind zu prüfen.</numerusform>
        </translation>
    </message>
    <message>
        <source>{own}  →  {trained}, {share} % trimmed</source>
        <translation>{own}  →  {trained}, {share} % abgeschnitten</translation>
    </message>
    <message>
        <source>{own}  →  {trained}, nothing trimmed</source>
        <translation>{own}  →  {trained}, nichts abgeschnitten</translation>
    </message>
    <message>
        <source>Checks</source>
        <translation>Prüfungen</translation>
    </message>
    <message>
        <source>Not looked at yet.</source>
        <translation>Noch nicht geprüft.</translation>
    </message>
    <message>
        <source>Sharp</source>
        <translation>Scharf</translation>
    </message>
    <message>
        <source>Large enough</source>
        <translation>Groß genug</translation>
    </message>
    <message>
        <source>Unique</source>
        <translation>Einmalig</translation>
    </message>
    <message>
        <source>Take back in</source>
        <translation>Wieder aufnehmen</translation>
    </message>
</context>
<context>
    <name>JobRow</name>
    <message>
        <source>More</source>
        <translation>Mehr</translation>
    </message>
    <message>
        <source>Progress of {name}</source>
        <translation>Fortschritt von {name}</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
    <message>
        <source>{name}, {what}</source>
        <translation>{name}, {what}</translation>
    </message>
    <message>
        <source>Use less memory</source>
        <translation>Weniger Speicher verwenden</translation>
    </message>
    <message>
        <source>Edit the recipe</source>
        <translation>Rezept bearbeiten</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>{action}: {name}</source>
        <translation>{action}: {name}</translation>
    </message>
    <message>
        <source>More for {name}</source>
        <translation>Mehr zu {name}</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>Nach oben</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>Nach unten</translation>
    </message>
    <message>
        <source>Move to the front</source>
        <translation>Ganz nach vorn</translation>
    </message>
    <message>
        <source>Move to the end</source>
        <translation>Ganz nach hinten</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>Im Ordner zeigen</translation>
    </message>
    <message>
        <source>Take out of the queue</source>
        <translation>Aus der Warteschlange nehmen</translation>
    </message>
    <message>
        <source>Drag to change the order, or press {up} or {down}</source>
        <translation>Ziehen ändert die Reihenfolge, oder {up} und {down}</translation>
    </message>
</context>
<context>
    <name>KindChoice</name>
    <message>
        <source>What are you teaching?</source>
        <translation>Was soll gelernt werden?</translation>
    </message>
    <message>
        <source>A look: brushwork, palette, mood. Best with 20 to 200 varied pictures.</source>
        <translation>Ein Aussehen: Strich, Farben, Stimmung. Am besten 20 bis 200 verschiedene Bilder.</translation>
    </message>
    <message>
        <source>One person, creature or mascot, in many poses. 15 to 60 pictures.</source>
        <translation>Eine Person, ein Wesen oder Maskottchen in vielen Posen. 15 bis 60 Bilder.</translation>
    </message>
    <message>
        <source>A thing, outfit, place or composition. 10 to 50 pictures.</source>
        <translation>Ein Ding, Kleidung, Ort oder Aufbau. 10 bis 50 Bilder.</translation>
    </message>
</context>
<context>
    <name>LengthCard</name>
    <message>
        <source>How thorough?</source>
        <translation>Wie gründlich?</translation>
    </message>
    <message>
        <source>The length was changed in Advanced; reset it there to choose here again.</source>
        <translation>Die Länge wurde unter „Erweitert“ geändert; dort zurücksetzen, um hier wieder zu wählen.</translation>
    </message>
    <message>
        <source>You can stop early or add more later.</source>
        <translation>Früher aufhören oder später mehr geht immer.</translation>
    </message>
    <message>
        <source>Enough to see that it works. For good results choose more.</source>
        <translation>Genug, um zu sehen, dass es geht. Für gute Ergebnisse wähle mehr.</translation>
    </message>
    <message>
        <source>{steps} steps</source>
        <translation>{steps} Schritte</translation>
    </message>
</context>
<context>
    <name>LibraryDelegate</name>
    <message>
        <source>Run</source>
        <translation>Lauf</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
</context>
<context>
    <name>LibraryList</name>
    <message numerus="yes">
        <source>%n star(s)</source>
        <translation>
            <numerusform>%n Stern</numerusform>
            <numerusform>%n Sterne</numerusform>
        </translation>
    </message>
    <message>
        <source>Adapter file, epoch {epoch}</source>
        <translation>Adapterdatei, Epoche {epoch}</translation>
    </message>
    <message>
        <source>Adapter file</source>
        <translation>Adapterdatei</translation>
    </message>
    <message>
        <source>Not there</source>
        <translation>Nicht vorhanden</translation>
    </message>
    <message>
        <source>Cannot be read</source>
        <translation>Nicht lesbar</translation>
    </message>
    <message>
        <source>Training now</source>
        <translation>Trainiert gerade</translation>
    </message>
    <message>
        <source>Not started</source>
        <translation>Nicht begonnen</translation>
    </message>
    <message numerus="yes">
        <source>Finished, %n epoch(s)</source>
        <translation>
            <numerusform>Fertig, %n Epoche</numerusform>
            <numerusform>Fertig, %n Epochen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Stopped, %n epoch(s) kept</source>
        <translation>
            <numerusform>Gestoppt, %n Epoche behalten</numerusform>
            <numerusform>Gestoppt, %n Epochen behalten</numerusform>
        </translation>
    </message>
    <message>
        <source>Paused, can go on</source>
        <translation>Angehalten, kann weitergehen</translation>
    </message>
    <message>
        <source>Stopped, can go on</source>
        <translation>Gestoppt, kann weitergehen</translation>
    </message>
    <message>
        <source>Stopped early</source>
        <translation>Früh gestoppt</translation>
    </message>
</context>
<context>
    <name>LibraryPage</name>
    <message>
        <source>Inspect a file</source>
        <translation>Datei untersuchen</translation>
    </message>
    <message>
        <source>Extract from two bases</source>
        <translation>Aus zwei Basismodellen gewinnen</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Look inside</source>
        <translation>Hineinsehen</translation>
    </message>
    <message>
        <source>Find the folder</source>
        <translation>Ordner suchen</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Use this recipe</source>
        <translation>Dieses Rezept verwenden</translation>
    </message>
    <message>
        <source>Draw with it</source>
        <translation>Damit zeichnen</translation>
    </message>
    <message>
        <source>Free space</source>
        <translation>Platz schaffen</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>Im Ordner zeigen</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>Werkzeuge</translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation>Aus der Liste nehmen</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Search names</source>
        <translation>Namen durchsuchen</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>All kinds</source>
        <translation>Alle Arten</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>Basismodell</translation>
    </message>
    <message>
        <source>Rated</source>
        <translation>Bewertet</translation>
    </message>
    <message>
        <source>Any rating</source>
        <translation>Jede Bewertung</translation>
    </message>
    <message numerus="yes">
        <source>%n star(s) or more</source>
        <translation>
            <numerusform>%n Stern oder mehr</numerusform>
            <numerusform>%n Sterne oder mehr</numerusform>
        </translation>
    </message>
    <message>
        <source>Order</source>
        <translation>Reihenfolge</translation>
    </message>
    <message>
        <source>Newest first</source>
        <translation>Neueste zuerst</translation>
    </message>
    <message>
        <source>Oldest first</source>
        <translation>Älteste zuerst</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>Nach Namen</translation>
    </message>
    <message>
        <source>Best rated first</source>
        <translation>Beste zuerst</translation>
    </message>
    <message>
        <source>Largest first</source>
        <translation>Größte zuerst</translation>
    </message>
    <message>
        <source>Tiles</source>
        <translation>Kacheln</translation>
    </message>
    <message>
        <source>List</source>
        <translation>Liste</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Nothing made yet</source>
        <translation>Noch nichts erstellt</translation>
    </message>
    <message>
        <source>Every run and every adapter you make is kept here, with its pictures and its recipe.</source>
        <translation>Jeder Lauf und jeder erstellte Adapter wird hier aufbewahrt, mit Bildern und Rezept.</translation>
    </message>
    <message>
        <source>Go to Images</source>
        <translation>Zu den Bildern</translation>
    </message>
    <message>
        <source>Nothing matches</source>
        <translation>Nichts passt</translation>
    </message>
    <message>
        <source>Clear filter</source>
        <translation>Filter aufheben</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>Bibliothek</translation>
    </message>
    <message>
        <source>Every run and every adapter of the projects this app knows.</source>
        <translation>Alle Läufe und Adapter der Projekte, die diese App kennt.</translation>
    </message>
    <message numerus="yes">
        <source>%n adapter file(s)</source>
        <translation>
            <numerusform>%n Adapterdatei</numerusform>
            <numerusform>%n Adapterdateien</numerusform>
        </translation>
    </message>
    <message>
        <source>{runs}, {files}</source>
        <translation>{runs}, {files}</translation>
    </message>
    <message>
        <source>Drop to add it too</source>
        <translation>Ablegen, um sie mit hinzuzufügen</translation>
    </message>
    <message>
        <source>Drop to add them too</source>
        <translation>Ablegen, um sie mit hinzuzufügen</translation>
    </message>
    <message>
        <source>The settings of {name} are in place.</source>
        <translation>Die Einstellungen von {name} sind übernommen.</translation>
    </message>
    <message>
        <source>The open project trains on {name} now.</source>
        <translation>Das offene Projekt trainiert jetzt auf {name}.</translation>
    </message>
    <message>
        <source>{name} is on the list of base models.</source>
        <translation>{name} steht in der Liste der Basismodelle.</translation>
    </message>
    <message>
        <source>Open an adapter</source>
        <translation>Adapter öffnen</translation>
    </message>
    <message>
        <source>Together {size}. Choose one to see what you can do with it.</source>
        <translation>Zusammen {size}. Einen wählen, um zu sehen, was damit geht.</translation>
    </message>
    <message>
        <source>Choose a run and open it in Train and Compare, go on with one that is not finished, or take over its recipe. Free space shows what can go before anything moves to the bin. Drop a .safetensors file here to see what it is. Tools makes new files from those you have: for other programs, smaller, several in one, or baked into a base model. Extract from two bases makes an adapter of what one model learned beyond another. Look inside a file, and Use its settings trains as it was trained, or goes on from it.</source>
        <translation>Ein Training wählen und unter Training und Vergleich öffnen, mit einem unfertigen weitermachen oder sein Rezept übernehmen. „Platz schaffen“ zeigt, was gehen kann, bevor etwas in den Papierkorb kommt. Eine .safetensors-Datei hierher ziehen, um zu sehen, was sie ist. „Werkzeuge“ macht neue Dateien aus vorhandenen: für andere Programme, kleiner, mehrere in einer oder in ein Basismodell eingerechnet. „Aus zwei Basismodellen gewinnen“ macht einen Adapter aus dem, was ein Modell über ein anderes hinaus gelernt hat. Beim Blick in eine Datei lässt „Einstellungen daraus verwenden“ so trainieren, wie sie trainiert wurde, oder mit ihr weitermachen.</translation>
    </message>
    <message numerus="yes">
        <source>%n run(s)</source>
        <translation>
            <numerusform>%n Lauf</numerusform>
            <numerusform>%n Läufe</numerusform>
        </translation>
    </message>
    <message>
        <source>Drop to look inside {name}</source>
        <translation>Ablegen zeigt, was in {name} steckt</translation>
    </message>
    <message numerus="yes">
        <source>Drop to merge %n file(s)</source>
        <translation>
            <numerusform>Ablegen, um %n Datei zu verschmelzen</numerusform>
            <numerusform>Ablegen, um %n Dateien zu verschmelzen</numerusform>
        </translation>
    </message>
    <message>
        <source>No run or adapter is called “{words}”.</source>
        <translation>Kein Lauf oder Adapter heißt „{words}“.</translation>
    </message>
    <message>
        <source>No run or adapter is of this kind.</source>
        <translation>Kein Lauf oder Adapter ist von dieser Art.</translation>
    </message>
    <message>
        <source>All base models</source>
        <translation>Alle Basismodelle</translation>
    </message>
    <message>
        <source>The recipe of {name} is in place.</source>
        <translation>Das Rezept von {name} ist übernommen.</translation>
    </message>
    <message>
        <source>There is nothing to free in {name}.</source>
        <translation>Bei {name} gibt es nichts freizugeben.</translation>
    </message>
    <message>
        <source>{size} moved to the bin.</source>
        <translation>{size} liegen jetzt im Papierkorb.</translation>
    </message>
    <message>
        <source>Adapters (*.safetensors)</source>
        <translation>Adapter (*.safetensors)</translation>
    </message>
</context>
<context>
    <name>LibraryView</name>
    <message>
        <source>Library</source>
        <translation>Bibliothek</translation>
    </message>
</context>
<context>
    <name>LogSheet</name>
    <message>
        <source>Full log</source>
        <translation>Protokoll</translation>
    </message>
</context>
<context>
    <name>LossCard</name>
    <message>
        <source>Loss</source>
        <translation>Verlust</translation>
    </message>
    <message>
        <source>A rough guide. Trust the pictures.</source>
        <translation>Nur ein Anhalt. Die Bilder zählen.</translation>
    </message>
    <message>
        <source>As a table</source>
        <translation>Als Tabelle</translation>
    </message>
    <message>
        <source>Learning steadily</source>
        <translation>Lernt stetig</translation>
    </message>
    <message>
        <source>Bouncing</source>
        <translation>Springt</translation>
    </message>
    <message>
        <source>As a line</source>
        <translation>Als Linie</translation>
    </message>
</context>
<context>
    <name>LossChart</name>
    <message>
        <source>Loss of each step</source>
        <translation>Verlust jedes Schritts</translation>
    </message>
    <message>
        <source>The line begins with the first steps.</source>
        <translation>Die Linie beginnt mit den ersten Schritten.</translation>
    </message>
    <message>
        <source>Loss, no steps yet</source>
        <translation>Verlust, noch keine Schritte</translation>
    </message>
    <message>
        <source>Loss at step {step}: {smoothed} smoothed, {first} at the start</source>
        <translation>Verlust bei Schritt {step}: geglättet {smoothed}, am Anfang {first}</translation>
    </message>
    <message>
        <source>Step {step}: {smoothed} smoothed, {raw} raw</source>
        <translation>Schritt {step}: geglättet {smoothed}, roh {raw}</translation>
    </message>
    <message>
        <source>start</source>
        <translation>Start</translation>
    </message>
</context>
<context>
    <name>LossTable</name>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>Verlust</translation>
    </message>
    <message>
        <source>Smoothed</source>
        <translation>Geglättet</translation>
    </message>
</context>
<context>
    <name>Loupe</name>
    <message>
        <source>Picture before</source>
        <translation>Voriges Bild</translation>
    </message>
    <message>
        <source>Next picture</source>
        <translation>Nächstes Bild</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
</context>
<context>
    <name>MergeForm</name>
    <message>
        <source>Rank</source>
        <translation>Rang</translation>
    </message>
    <message>
        <source>Add a second file</source>
        <translation>Eine zweite Datei hinzufügen</translation>
    </message>
    <message>
        <source>Exact: the ranks add up to {rank}</source>
        <translation>Genau: Die Ränge addieren sich zu {rank}</translation>
    </message>
    <message>
        <source>Nearest with rank {rank}, a smaller file</source>
        <translation>Am nächsten mit Rang {rank}, kleinere Datei</translation>
    </message>
</context>
<context>
    <name>MergeRow</name>
    <message>
        <source>Strength</source>
        <translation>Stärke</translation>
    </message>
    <message>
        <source>Strength of {name}</source>
        <translation>Stärke von {name}</translation>
    </message>
    <message>
        <source>Take {name} out</source>
        <translation>{name} herausnehmen</translation>
    </message>
</context>
<context>
    <name>MoreCard</name>
    <message>
        <source>More</source>
        <translation>Mehr</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>fp16: loads everywhere</source>
        <translation>fp16: lädt überall</translation>
    </message>
    <message>
        <source>bf16: same size, wider range</source>
        <translation>bf16: gleich groß, weiterer Bereich</translation>
    </message>
    <message>
        <source>fp32: exact, twice the size</source>
        <translation>fp32: genau, doppelt so groß</translation>
    </message>
    <message>
        <source>Write the tags of your captions into the file, for others to read</source>
        <translation>Die Schlagwörter der Beschreibungen in die Datei schreiben, für andere lesbar</translation>
    </message>
    <message>
        <source>Make 1.0 mean the strength you picked ({strength})</source>
        <translation>1,0 soll die gewählte Stärke bedeuten ({strength})</translation>
    </message>
    <message>
        <source>Also save it for diffusers, as a second file</source>
        <translation>Auch für diffusers speichern, als zweite Datei</translation>
    </message>
    <message>
        <source>No file for diffusers: it reads plain LoRA only</source>
        <translation>Keine Datei für diffusers: es liest nur einfache LoRAs</translation>
    </message>
    <message>
        <source>strength folded in</source>
        <translation>Stärke eingerechnet</translation>
    </message>
    <message>
        <source>second file for diffusers</source>
        <translation>zweite Datei für diffusers</translation>
    </message>
    <message>
        <source>with tags</source>
        <translation>mit Schlagwörtern</translation>
    </message>
</context>
<context>
    <name>Notices</name>
    <message>
        <source>Show LoRA Studio</source>
        <translation>LoRA Studio zeigen</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
</context>
<context>
    <name>NumberField</name>
    <message>
        <source>Choose a number from {low} to {high}.</source>
        <translation>Eine Zahl von {low} bis {high} wählen.</translation>
    </message>
</context>
<context>
    <name>OpenSheet</name>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Open {name}</source>
        <translation>{name} öffnen</translation>
    </message>
    <message>
        <source>No presets of your own yet.</source>
        <translation>Noch keine eigenen Vorlagen.</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>Datei wählen …</translation>
    </message>
    <message numerus="yes">
        <source>%n changed setting(s)</source>
        <translation>
            <numerusform>%n geänderte Einstellung</numerusform>
            <numerusform>%n geänderte Einstellungen</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Page</name>
    <message>
        <source>No program to show folders was found. The path is copied.</source>
        <translation>Kein Programm zum Zeigen von Ordnern gefunden. Der Pfad ist kopiert.</translation>
    </message>
    <message>
        <source>No program to show web pages was found. The address is copied.</source>
        <translation>Kein Programm zum Zeigen von Webseiten gefunden. Die Adresse ist kopiert.</translation>
    </message>
</context>
<context>
    <name>PictureDelegate</name>
    <message>
        <source>Left out</source>
        <translation>Weggelassen</translation>
    </message>
    <message>
        <source>Kept without a caption</source>
        <translation>Ohne Bildunterschrift behalten</translation>
    </message>
    <message>
        <source>{width} × {height}, alone in its size</source>
        <translation>{width} × {height}, allein in seiner Größe</translation>
    </message>
    <message numerus="yes">
        <source>{width} × {height}, %n picture(s)</source>
        <translation>
            <numerusform>{width} × {height}, %n Bild</numerusform>
            <numerusform>{width} × {height}, %n Bilder</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PictureGrid</name>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
</context>
<context>
    <name>PictureList</name>
    <message>
        <source>Cannot be opened</source>
        <translation>Nicht zu öffnen</translation>
    </message>
    <message>
        <source>No caption yet</source>
        <translation>Noch keine Beschreibung</translation>
    </message>
    <message>
        <source>Looks like another picture</source>
        <translation>Gleicht einem anderen Bild</translation>
    </message>
    <message>
        <source>Too small</source>
        <translation>Zu klein</translation>
    </message>
    <message>
        <source>May be blurry</source>
        <translation>Vielleicht unscharf</translation>
    </message>
    <message>
        <source>Extreme shape</source>
        <translation>Extreme Form</translation>
    </message>
    <message>
        <source>cannot be opened</source>
        <translation>nicht zu öffnen</translation>
    </message>
    <message>
        <source>no caption</source>
        <translation>ohne Beschreibung</translation>
    </message>
    <message>
        <source>looks like another picture</source>
        <translation>gleicht einem anderen Bild</translation>
    </message>
    <message>
        <source>too small</source>
        <translation>zu klein</translation>
    </message>
    <message>
        <source>may be blurry</source>
        <translation>vielleicht unscharf</translation>
    </message>
    <message>
        <source>extreme shape</source>
        <translation>extreme Form</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>weggelassen</translation>
    </message>
</context>
<context>
    <name>PictureView</name>
    <message>
        <source>No picture</source>
        <translation>Kein Bild</translation>
    </message>
</context>
<context>
    <name>PlainForm</name>
    <message>
        <source>The base it was trained on</source>
        <translation>Das Basismodell, auf dem sie trainiert wurde</translation>
    </message>
    <message>
        <source>Choose the base it was trained on</source>
        <translation>Das Basismodell wählen, auf dem sie trainiert wurde</translation>
    </message>
    <message>
        <source>This file is not a plain LoRA but: {kinds}. Many programs misread such files, and the other tools need a plain one. The nearest plain LoRA is made, and how near it came is told.</source>
        <translation>Diese Datei ist kein einfaches LoRA, sondern: {kinds}. Viele Programme lesen solche Dateien falsch, und die anderen Werkzeuge brauchen ein einfaches. Das nächste einfache LoRA wird gemacht, und wie nah es kam, wird gesagt.</translation>
    </message>
    <message>
        <source>What a DoRA changes depends on its base model.</source>
        <translation>Was ein DoRA ändert, hängt von seinem Basismodell ab.</translation>
    </message>
    <message numerus="yes">
        <source>%n bias(es) or norm(s) will be left out: no LoRA can hold them.</source>
        <translation>
            <numerusform>%n Bias oder Norm wird weggelassen: Kein LoRA kann so etwas enthalten.</numerusform>
            <numerusform>%n Biases oder Normen werden weggelassen: Kein LoRA kann so etwas enthalten.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PlanCard</name>
    <message>
        <source>Show the plan</source>
        <translation>Plan zeigen</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>Why these choices</source>
        <translation>Warum diese Wahl</translation>
    </message>
    <message>
        <source>Hide the plan</source>
        <translation>Plan verbergen</translation>
    </message>
    <message>
        <source>No project</source>
        <translation>Kein Projekt</translation>
    </message>
    <message>
        <source>Working it out</source>
        <translation>Wird berechnet</translation>
    </message>
    <message>
        <source>Ready to start</source>
        <translation>Startbereit</translation>
    </message>
    <message>
        <source>Training now</source>
        <translation>Trainiert gerade</translation>
    </message>
    <message>
        <source>Tight</source>
        <translation>Knapp</translation>
    </message>
    <message>
        <source>Does not fit</source>
        <translation>Passt nicht</translation>
    </message>
    <message>
        <source>Not yet</source>
        <translation>Noch nicht</translation>
    </message>
    <message>
        <source>The plan is worked out as soon as this is mended.</source>
        <translation>Der Plan wird berechnet, sobald das behoben ist.</translation>
    </message>
    <message>
        <source>Your pictures are being read: {done} of {total}.</source>
        <translation>Die Bilder werden gelesen: {done} von {total}.</translation>
    </message>
    <message>
        <source>Your pictures are being read.</source>
        <translation>Die Bilder werden gelesen.</translation>
    </message>
    <message>
        <source>{time}  ·  {steps} steps  ·  {disk} on disk  ·  memory {memory}</source>
        <translation>{time}  ·  {steps} Schritte  ·  {disk} auf dem Laufwerk  ·  Speicher {memory}</translation>
    </message>
</context>
<context>
    <name>ProgressCard</name>
    <message>
        <source>Speed</source>
        <translation>Tempo</translation>
    </message>
    <message>
        <source>GPU memory</source>
        <translation>Grafikspeicher</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>Temperatur</translation>
    </message>
    <message>
        <source>Last saved</source>
        <translation>Zuletzt gesichert</translation>
    </message>
    <message>
        <source>Training progress</source>
        <translation>Fortschritt des Trainings</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>Wird vorbereitet</translation>
    </message>
    <message>
        <source>Stopped at step {step}</source>
        <translation>Gestoppt bei Schritt {step}</translation>
    </message>
    <message>
        <source>Epoch {epoch} of {epochs}</source>
        <translation>Epoche {epoch} von {epochs}</translation>
    </message>
    <message>
        <source>{seconds} s per step</source>
        <translation>{seconds} s je Schritt</translation>
    </message>
    <message>
        <source>{degrees} °C</source>
        <translation>{degrees} °C</translation>
    </message>
    <message>
        <source>{used} GB</source>
        <translation>{used} GB</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>{used} of {total} GB</source>
        <translation>{used} von {total} GB</translation>
    </message>
</context>
<context>
    <name>ProjectSwitcher</name>
    <message>
        <source>No project</source>
        <translation>Kein Projekt</translation>
    </message>
    <message>
        <source>Choose one</source>
        <translation>Eines wählen</translation>
    </message>
    <message>
        <source>Project: {name}</source>
        <translation>Projekt: {name}</translation>
    </message>
    <message>
        <source>{name}, training now</source>
        <translation>{name}, trainiert gerade</translation>
    </message>
    <message>
        <source>New project</source>
        <translation>Neues Projekt</translation>
    </message>
    <message>
        <source>Open a project</source>
        <translation>Projekt öffnen</translation>
    </message>
</context>
<context>
    <name>PromptSheet</name>
    <message>
        <source>Put {word} in it to call up what was taught.</source>
        <translation>Mit {word} darin wird das Gelernte abgerufen.</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source>The same seed begins from the same noise.</source>
        <translation>Derselbe Startwert beginnt mit demselben Rauschen.</translation>
    </message>
    <message>
        <source>For the columns shown: {cost}.</source>
        <translation>Für die gezeigten Spalten: {cost}.</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Draw it</source>
        <translation>Zeichnen</translation>
    </message>
    <message>
        <source>Type a prompt first</source>
        <translation>Erst einen Prompt eintippen</translation>
    </message>
</context>
<context>
    <name>PromptsCard</name>
    <message>
        <source>Edit</source>
        <translation>Bearbeiten</translation>
    </message>
    <message>
        <source>Edit sample prompts</source>
        <translation>Probeprompts bearbeiten</translation>
    </message>
    <message numerus="yes">
        <source>+%n</source>
        <translation>
            <numerusform>+%n</numerusform>
            <numerusform>+%n</numerusform>
        </translation>
    </message>
    <message>
        <source>Proposed as soon as your pictures were read.</source>
        <translation>Vorschläge folgen, sobald die Bilder gelesen sind.</translation>
    </message>
</context>
<context>
    <name>PromptsSheet</name>
    <message>
        <source>Add a prompt</source>
        <translation>Prompt hinzufügen</translation>
    </message>
    <message>
        <source>Use the proposed ones</source>
        <translation>Die vorgeschlagenen nehmen</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>Prompt</translation>
    </message>
    <message>
        <source>Remove this prompt</source>
        <translation>Diesen Prompt entfernen</translation>
    </message>
    <message>
        <source>Without a prompt, four are proposed again.</source>
        <translation>Ohne Prompt werden wieder vier vorgeschlagen.</translation>
    </message>
</context>
<context>
    <name>PublishedCard</name>
    <message>
        <source>What others will see</source>
        <translation>Was andere sehen werden</translation>
    </message>
    <message numerus="yes">
        <source>%n line(s)</source>
        <translation>
            <numerusform>%n Zeile</numerusform>
            <numerusform>%n Zeilen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n left out</source>
        <translation>
            <numerusform>%n weggelassen</numerusform>
            <numerusform>%n weggelassen</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QueueModel</name>
    <message>
        <source>{kind}  ·  {base}</source>
        <translation>{kind}  ·  {base}</translation>
    </message>
    <message>
        <source>Saving, then it ends</source>
        <translation>Wird gesichert, dann endet es</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>Wird vorbereitet</translation>
    </message>
    <message>
        <source>Drawing samples</source>
        <translation>Probebilder werden gezeichnet</translation>
    </message>
    <message>
        <source>Waiting for mains power</source>
        <translation>Wartet auf Netzstrom</translation>
    </message>
    <message>
        <source>Not answering</source>
        <translation>Antwortet nicht</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>{span} left</source>
        <translation>noch {span}</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>{span}, from {time}</source>
        <translation>{span}, ab {time}</translation>
    </message>
    <message numerus="yes">
        <source>Stopped at {time}, %n epoch(s) kept</source>
        <translation>
            <numerusform>Gestoppt um {time}, %n Epoche behalten</numerusform>
            <numerusform>Gestoppt um {time}, %n Epochen behalten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Finished at {time}, %n epoch(s)</source>
        <translation>
            <numerusform>Fertig um {time}, %n Epoche</numerusform>
            <numerusform>Fertig um {time}, %n Epochen</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QueuePage</name>
    <message>
        <source>Start queue</source>
        <translation>Warteschlange starten</translation>
    </message>
    <message>
        <source>Pause queue</source>
        <translation>Warteschlange anhalten</translation>
    </message>
    <message>
        <source>Clear finished</source>
        <translation>Fertige entfernen</translation>
    </message>
    <message>
        <source>Nothing waiting</source>
        <translation>Nichts wartet</translation>
    </message>
    <message>
        <source>Add jobs from Recipe. They train one after the other, also over night.</source>
        <translation>Aufträge aus dem Rezept hinzufügen. Sie trainieren nacheinander, auch über Nacht.</translation>
    </message>
    <message>
        <source>Go to Recipe</source>
        <translation>Zum Rezept</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Als Nächstes</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>Zurückgestellt</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Warteschlange</translation>
    </message>
    <message>
        <source>Jobs that train one after the other. Each keeps the recipe and pictures it was added with.</source>
        <translation>Aufträge, die nacheinander trainieren. Jeder behält Rezept und Bilder, mit denen er hinzukam.</translation>
    </message>
    <message>
        <source>Add a job with Add to queue in Recipe. Press Start queue and the jobs train one after the other; one that fails is set aside with its reason, and the next starts. Drag a job, or press {up} and {down}, to change the order. Pause queue starts nothing more; the job that runs goes on to its end.</source>
        <translation>Einen Auftrag im Rezept mit „In die Warteschlange“ hinzufügen. „Warteschlange starten“ trainiert die Aufträge nacheinander; einer, der scheitert, wird mit seinem Grund zurückgestellt, und der nächste beginnt. Ziehen oder {up} und {down} ändern die Reihenfolge. „Warteschlange anhalten“ beginnt nichts Neues; der laufende Auftrag geht zu Ende.</translation>
    </message>
    <message>
        <source>The next job starts while this app is open.</source>
        <translation>Der nächste Auftrag beginnt, solange diese App offen ist.</translation>
    </message>
    <message>
        <source>In all {span} of training.</source>
        <translation>Insgesamt {span} Training.</translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) waiting</source>
        <translation>
            <numerusform>%n Auftrag wartet</numerusform>
            <numerusform>%n Aufträge warten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n job(s) waiting, finished around {time}</source>
        <translation>
            <numerusform>%n Auftrag wartet, fertig gegen {time}</numerusform>
            <numerusform>%n Aufträge warten, fertig gegen {time}</numerusform>
        </translation>
    </message>
    <message>
        <source>Another window or terminal runs the queue</source>
        <translation>Ein anderes Fenster oder Terminal führt die Warteschlange</translation>
    </message>
    <message>
        <source>Everything that was saved is safe. Look at the jobs set aside before you start the queue again.</source>
        <translation>Alles Gesicherte ist unversehrt. Vor dem nächsten Start die zurückgestellten Aufträge ansehen.</translation>
    </message>
    <message>
        <source>Two jobs stopped unexpectedly one after the other, so the queue waits.</source>
        <translation>Zwei Aufträge brachen nacheinander unerwartet ab, deshalb wartet die Warteschlange.</translation>
    </message>
    <message>
        <source>Another window or terminal runs the queue.</source>
        <translation>Ein anderes Fenster oder Terminal führt die Warteschlange.</translation>
    </message>
    <message>
        <source>It is shown here as it goes.</source>
        <translation>Der Verlauf ist hier zu sehen.</translation>
    </message>
    <message>
        <source>When it ends, nothing else starts until you start the queue.</source>
        <translation>Danach beginnt nichts mehr, bis die Warteschlange gestartet wird.</translation>
    </message>
    <message>
        <source>A job of the queue is training.</source>
        <translation>Ein Auftrag der Warteschlange trainiert.</translation>
    </message>
    <message>
        <source>“{name}” is training.</source>
        <translation>„{name}“ trainiert.</translation>
    </message>
    <message>
        <source>It was not started from this queue.</source>
        <translation>Es wurde nicht aus dieser Warteschlange gestartet.</translation>
    </message>
    <message>
        <source>{name} was taken out of the queue. Its run is kept.</source>
        <translation>{name} ist nicht mehr in der Warteschlange. Der Lauf bleibt.</translation>
    </message>
    <message>
        <source>The job that trains goes on to its end. Nothing else starts.</source>
        <translation>Der laufende Auftrag geht zu Ende. Sonst beginnt nichts.</translation>
    </message>
    <message numerus="yes">
        <source>The queue is done: %n job(s) finished.</source>
        <translation>
            <numerusform>Die Warteschlange ist fertig: %n Auftrag erledigt.</numerusform>
            <numerusform>Die Warteschlange ist fertig: %n Aufträge erledigt.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The queue is done. %n job(s) set aside with a reason.</source>
        <translation>
            <numerusform>Die Warteschlange ist fertig. %n Auftrag mit Grund zurückgestellt.</numerusform>
            <numerusform>Die Warteschlange ist fertig. %n Aufträge mit Grund zurückgestellt.</numerusform>
        </translation>
    </message>
    <message>
        <source>Afterwards: do nothing</source>
        <translation>Danach: nichts tun</translation>
    </message>
    <message>
        <source>Afterwards: sleep</source>
        <translation>Danach: Ruhezustand</translation>
    </message>
    <message>
        <source>Afterwards: shut down</source>
        <translation>Danach: ausschalten</translation>
    </message>
</context>
<context>
    <name>RailItem</name>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message numerus="yes">
        <source>%n thing(s) to look at</source>
        <translation>
            <numerusform>%n Sache anzusehen</numerusform>
            <numerusform>%n Sachen anzusehen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n waiting</source>
        <translation>
            <numerusform>%n wartet</numerusform>
            <numerusform>%n warten</numerusform>
        </translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
</context>
<context>
    <name>ReasonRow</name>
    <message>
        <source>preset</source>
        <translation>Vorlage</translation>
    </message>
    <message>
        <source>auto</source>
        <translation>auto</translation>
    </message>
</context>
<context>
    <name>RecipeModel</name>
    <message>
        <source>It is not at {path} any more.</source>
        <translation>Nicht mehr unter {path}.</translation>
    </message>
    <message>
        <source>Comes with the app  ·  its adapters work only here</source>
        <translation>Gehört zur App  ·  seine Adapter gehen nur hier</translation>
    </message>
    <message>
        <source>Found in {where}  ·  {size}</source>
        <translation>Gefunden in {where}  ·  {size}</translation>
    </message>
    <message>
        <source>Missing</source>
        <translation>Fehlt</translation>
    </message>
    <message>
        <source>Too big as it is</source>
        <translation>So zu groß</translation>
    </message>
    <message>
        <source>Tight</source>
        <translation>Knapp</translation>
    </message>
    <message>
        <source>Fits your card</source>
        <translation>Passt auf die Karte</translation>
    </message>
    <message>
        <source>Fits your computer</source>
        <translation>Passt auf den Rechner</translation>
    </message>
    <message>
        <source>There is no trigger word.</source>
        <translation>Es gibt kein Auslösewort.</translation>
    </message>
    <message>
        <source>Samples are switched off in Advanced</source>
        <translation>Probebilder sind unter „Erweitert“ ausgeschaltet</translation>
    </message>
    <message>
        <source>Drawn after every epoch, so you can watch it learn</source>
        <translation>Nach jeder Epoche gezeichnet, um das Lernen zu verfolgen</translation>
    </message>
    <message>
        <source>“{word}” may be mistaken for other words.</source>
        <translation>„{word}“ kann mit anderen Wörtern verwechselt werden.</translation>
    </message>
    <message>
        <source>Cannot be trained</source>
        <translation>Nicht trainierbar</translation>
    </message>
    <message>
        <source>Drawn after every epoch, {span} in all</source>
        <translation>Nach jeder Epoche gezeichnet, zusammen {span}</translation>
    </message>
    <message>
        <source>{preset} · changed</source>
        <translation>{preset} · geändert</translation>
    </message>
    <message numerus="yes">
        <source>%n changed</source>
        <translation>
            <numerusform>%n geändert</numerusform>
            <numerusform>%n geändert</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n setting(s), all chosen for you</source>
        <translation>
            <numerusform>%n Einstellung, schon passend gewählt</numerusform>
            <numerusform>%n Einstellungen, alle schon passend gewählt</numerusform>
        </translation>
    </message>
    <message>
        <source>Rank {rank}</source>
        <translation>Rang {rank}</translation>
    </message>
    <message>
        <source>8-bit base</source>
        <translation>8-Bit-Basis</translation>
    </message>
    <message>
        <source>4-bit base</source>
        <translation>4-Bit-Basis</translation>
    </message>
    <message>
        <source>{side} px</source>
        <translation>{side} px</translation>
    </message>
    <message>
        <source>Choose a base model first.</source>
        <translation>Erst ein Basismodell wählen.</translation>
    </message>
    <message>
        <source>The recipe is still being read. Try again in a moment.</source>
        <translation>Das Rezept wird noch gelesen. Gleich noch einmal versuchen.</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>How thorough</source>
        <translation>Gründlichkeit</translation>
    </message>
    <message>
        <source>Quick look</source>
        <translation>Kurzer Blick</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>Ausgewogen</translation>
    </message>
    <message>
        <source>Thorough</source>
        <translation>Gründlich</translation>
    </message>
    <message>
        <source>{setting}: {before} → {after}</source>
        <translation>{setting}: {before} → {after}</translation>
    </message>
    <message>
        <source>The drive has too little room: {needed} are needed, {free} are free.</source>
        <translation>Auf dem Laufwerk ist zu wenig Platz: {needed} werden gebraucht, {free} sind frei.</translation>
    </message>
    <message>
        <source>Nothing was started. Free some space, or move the project to another drive.</source>
        <translation>Nichts wurde gestartet. Platz schaffen oder das Projekt auf ein anderes Laufwerk verschieben.</translation>
    </message>
    <message>
        <source>Another training of this project is running.</source>
        <translation>Ein anderes Training dieses Projekts läuft.</translation>
    </message>
    <message>
        <source>This one can wait in the queue.</source>
        <translation>Dieses kann in der Warteschlange warten.</translation>
    </message>
    <message>
        <source>Go to Images</source>
        <translation>Zu den Bildern</translation>
    </message>
    <message>
        <source>Go to Train</source>
        <translation>Zum Training</translation>
    </message>
    <message>
        <source>Choose a base model</source>
        <translation>Basismodell wählen</translation>
    </message>
    <message>
        <source>Open Advanced</source>
        <translation>„Erweitert“ öffnen</translation>
    </message>
    <message>
        <source>Without a graphics card this base takes {span}.</source>
        <translation>Ohne Grafikkarte braucht diese Basis {span}.</translation>
    </message>
</context>
<context>
    <name>RecipePage</name>
    <message>
        <source>No project is open</source>
        <translation>Kein Projekt geöffnet</translation>
    </message>
    <message>
        <source>Drop a folder of pictures on the window, or begin with a sample.</source>
        <translation>Einen Ordner mit Bildern auf dem Fenster ablegen oder mit einem Beispiel beginnen.</translation>
    </message>
    <message>
        <source>Go to Start</source>
        <translation>Zum Start</translation>
    </message>
    <message>
        <source>Open a recipe</source>
        <translation>Rezept öffnen</translation>
    </message>
    <message>
        <source>Save as preset</source>
        <translation>Als Vorlage speichern</translation>
    </message>
    <message>
        <source>Go to Images</source>
        <translation>Zu den Bildern</translation>
    </message>
    <message>
        <source>Go to Train</source>
        <translation>Zum Training</translation>
    </message>
    <message>
        <source>Show what to mend</source>
        <translation>Zeigen, was zu beheben ist</translation>
    </message>
    <message>
        <source>Add to queue</source>
        <translation>In die Warteschlange</translation>
    </message>
    <message>
        <source>Start training</source>
        <translation>Training starten</translation>
    </message>
    <message>
        <source>What are you teaching?</source>
        <translation>Was soll gelernt werden?</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>Rezept</translation>
    </message>
    <message>
        <source>Pick what to teach and how. Everything else is set for you.</source>
        <translation>Wählen, was gelernt wird und wie. Alles andere ist schon eingestellt.</translation>
    </message>
    <message>
        <source>Choose what your pictures have in common, and the model that should learn it. The plan at the right says how long that takes and whether it fits. Everything saves itself; nothing starts before you press Start training.</source>
        <translation>Wählen, was die Bilder gemeinsam haben und welches Modell es lernen soll. Der Plan rechts sagt, wie lange das dauert und ob es passt. Alles sichert sich von selbst; nichts beginnt, bevor „Training starten“ gedrückt wird.</translation>
    </message>
    <message>
        <source>Getting ready</source>
        <translation>Wird vorbereitet</translation>
    </message>
    <message>
        <source>Your recipe and pictures are being frozen.</source>
        <translation>Rezept und Bilder werden festgehalten.</translation>
    </message>
    <message>
        <source>Your pictures are being read</source>
        <translation>Die Bilder werden gelesen</translation>
    </message>
    <message>
        <source>This recipe can wait in the queue and starts after it.</source>
        <translation>Dieses Rezept kann in der Warteschlange warten und beginnt danach.</translation>
    </message>
    <message>
        <source>A training of this project is running</source>
        <translation>Ein Training dieses Projekts läuft</translation>
    </message>
    <message numerus="yes">
        <source>%n thing(s) to mend before training can start</source>
        <translation>
            <numerusform>%n Sache ist vor dem Training zu beheben</numerusform>
            <numerusform>%n Sachen sind vor dem Training zu beheben</numerusform>
        </translation>
    </message>
    <message>
        <source>The plan is being worked out</source>
        <translation>Der Plan wird berechnet</translation>
    </message>
    <message numerus="yes">
        <source>Ready to start, with %n thing(s) to know</source>
        <translation>
            <numerusform>Startbereit, mit %n Hinweis</numerusform>
            <numerusform>Startbereit, mit %n Hinweisen</numerusform>
        </translation>
    </message>
    <message>
        <source>You can close the window while it trains; nothing of your pictures leaves this computer.</source>
        <translation>Das Fenster darf während des Trainings schließen; nichts von den Bildern verlässt diesen Rechner.</translation>
    </message>
    <message>
        <source>Everything checks out</source>
        <translation>Alles stimmt</translation>
    </message>
    <message>
        <source>{done} of {total}. You can go on choosing meanwhile.</source>
        <translation>{done} von {total}. Inzwischen lässt sich weiter wählen.</translation>
    </message>
    <message numerus="yes">
        <source>{kind}: %n setting(s) changed with it.</source>
        <translation>
            <numerusform>{kind}: %n Einstellung hat sich mit geändert.</numerusform>
            <numerusform>{kind}: %n Einstellungen haben sich mit geändert.</numerusform>
        </translation>
    </message>
    <message>
        <source>Choose the folder of a base model</source>
        <translation>Den Ordner eines Basismodells wählen</translation>
    </message>
    <message numerus="yes">
        <source>%n setting(s) reset.</source>
        <translation>
            <numerusform>%n Einstellung zurückgesetzt.</numerusform>
            <numerusform>%n Einstellungen zurückgesetzt.</numerusform>
        </translation>
    </message>
    <message>
        <source>Added to the queue.</source>
        <translation>Zur Warteschlange hinzugefügt.</translation>
    </message>
    <message numerus="yes">
        <source>%n caption(s) shortened.</source>
        <translation>
            <numerusform>%n Beschreibung gekürzt.</numerusform>
            <numerusform>%n Beschreibungen gekürzt.</numerusform>
        </translation>
    </message>
    <message>
        <source>Training sizes are on.</source>
        <translation>Trainingsgrößen sind eingeschaltet.</translation>
    </message>
    <message>
        <source>Masks are stretched to fit.</source>
        <translation>Masken werden passend gestreckt.</translation>
    </message>
    <message>
        <source>This recipe cannot be trained yet. Mend that, then drop it again.</source>
        <translation>Dieses Rezept kann noch nicht trainiert werden. Das beheben, dann noch einmal ablegen.</translation>
    </message>
    <message>
        <source>Its prompt is one of the sample prompts already.</source>
        <translation>Sein Prompt ist schon einer der Probeprompts.</translation>
    </message>
    <message>
        <source>There are {count} sample prompts, and no room for more. Remove one first.</source>
        <translation>Es gibt {count} Probeprompts, und mehr passen nicht. Erst einen entfernen.</translation>
    </message>
    <message>
        <source>Sample prompts changed.</source>
        <translation>Probeprompts geändert.</translation>
    </message>
    <message>
        <source>Saved “{name}”.</source>
        <translation>„{name}“ gespeichert.</translation>
    </message>
    <message>
        <source>Save the recipe</source>
        <translation>Rezept speichern</translation>
    </message>
    <message>
        <source>Saved {file}.</source>
        <translation>{file} gespeichert.</translation>
    </message>
    <message>
        <source>Now using “{name}”.</source>
        <translation>Jetzt gilt „{name}“.</translation>
    </message>
    <message>
        <source>Open the recipe {name}</source>
        <translation>Rezept {name} öffnen</translation>
    </message>
</context>
<context>
    <name>ReportSheet</name>
    <message>
        <source>This is all it holds. Pictures, captions, prompts and the names of your folders are left out. It stays on this computer until you send it to someone.</source>
        <translation>Das ist alles, was er enthält. Bilder, Beschreibungen, Prompts und die Namen der Ordner sind nicht dabei. Er bleibt auf diesem Rechner, bis ihn jemand verschickt.</translation>
    </message>
    <message numerus="yes">
        <source>%n line(s)</source>
        <translation>
            <numerusform>%n Zeile</numerusform>
            <numerusform>%n Zeilen</numerusform>
        </translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>Bericht speichern</translation>
    </message>
</context>
<context>
    <name>ResizeForm</name>
    <message>
        <source>To a rank</source>
        <translation>Auf einen Rang</translation>
    </message>
    <message>
        <source>By what is kept</source>
        <translation>Nach dem, was bleibt</translation>
    </message>
    <message>
        <source>How small</source>
        <translation>Wie klein</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>Rang</translation>
    </message>
    <message>
        <source>Half the rank makes half the file.</source>
        <translation>Halber Rang macht eine halb so große Datei.</translation>
    </message>
    <message>
        <source>Keep at least</source>
        <translation>Mindestens behalten</translation>
    </message>
    <message>
        <source>Every layer gets the fewest ranks that keep this much of its change.</source>
        <translation>Jede Schicht bekommt die wenigsten Ränge, die so viel von ihrer Änderung behalten.</translation>
    </message>
    <message>
        <source>Every layer is looked at first</source>
        <translation>Erst wird jede Schicht angesehen</translation>
    </message>
    <message>
        <source>The file would not get smaller.</source>
        <translation>Die Datei würde nicht kleiner.</translation>
    </message>
    <message>
        <source>Looking at every layer to tell what is kept: {share}</source>
        <translation>Jede Schicht wird angesehen, um zu sagen, was bleibt: {share}</translation>
    </message>
    <message>
        <source>Keeps {share} of what the adapter changes.</source>
        <translation>Behält {share} von dem, was der Adapter ändert.</translation>
    </message>
    <message>
        <source>The layer that loses most keeps {worst}. About {size}; the file has {before} now.</source>
        <translation>Die Schicht, die am meisten verliert, behält {worst}. Etwa {size}; jetzt hat die Datei {before}.</translation>
    </message>
</context>
<context>
    <name>ReviewStrip</name>
    <message>
        <source>End the review</source>
        <translation>Durchsicht beenden</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Als Nächstes</translation>
    </message>
    <message>
        <source>{place} of {total}: {name}</source>
        <translation>{place} von {total}: {name}</translation>
    </message>
    <message>
        <source>{action} ({key})</source>
        <translation>{action} ({key})</translation>
    </message>
    <message>
        <source>&apos;{tag}&apos; becomes a tag when you go on.</source>
        <translation>„{tag}“ wird zum Tag, wenn Sie weitergehen.</translation>
    </message>
    <message>
        <source>Nothing is left to do here.</source>
        <translation>Hier ist nichts mehr zu tun.</translation>
    </message>
</context>
<context>
    <name>RunChoice</name>
    <message>
        <source>Training: {name}</source>
        <translation>Training: {name}</translation>
    </message>
    <message>
        <source>Show another training of this project</source>
        <translation>Ein anderes Training dieses Projekts zeigen</translation>
    </message>
</context>
<context>
    <name>RunComparison</name>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>base model</source>
        <translation>Basismodell</translation>
    </message>
    <message>
        <source>Epoch {epoch}</source>
        <translation>Epoche {epoch}</translation>
    </message>
</context>
<context>
    <name>RunModel</name>
    <message>
        <source>Stopping</source>
        <translation>Wird gestoppt</translation>
    </message>
    <message>
        <source>Not started</source>
        <translation>Nicht begonnen</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>Wird vorbereitet</translation>
    </message>
    <message>
        <source>Drawing samples</source>
        <translation>Probebilder werden gezeichnet</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>Pausing</source>
        <translation>Wird angehalten</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Stopped and kept</source>
        <translation>Gestoppt und behalten</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Gestoppt</translation>
    </message>
    <message>
        <source>Can go on</source>
        <translation>Kann weitergehen</translation>
    </message>
    <message>
        <source>Not answering</source>
        <translation>Antwortet nicht</translation>
    </message>
    <message>
        <source>Training has not started</source>
        <translation>Das Training hat nicht begonnen</translation>
    </message>
    <message>
        <source>Measuring the speed</source>
        <translation>Das Tempo wird gemessen</translation>
    </message>
    <message>
        <source>Waiting for mains power</source>
        <translation>Wartet auf Netzstrom</translation>
    </message>
    <message>
        <source>Finishing a sample, then saving</source>
        <translation>Zeichnet noch ein Probebild, speichert dann</translation>
    </message>
    <message>
        <source>Finishing step {step}, then saving</source>
        <translation>Schritt {step} wird beendet, dann gesichert</translation>
    </message>
    <message>
        <source>Not answering for {seconds} s…</source>
        <translation>Antwortet seit {seconds} s nicht …</translation>
    </message>
    <message>
        <source>Paused at step {step}</source>
        <translation>Angehalten bei Schritt {step}</translation>
    </message>
    <message numerus="yes">
        <source>Stopped at step {step}. %n epoch(s) kept.</source>
        <translation>
            <numerusform>Gestoppt bei Schritt {step}. %n Epoche behalten.</numerusform>
            <numerusform>Gestoppt bei Schritt {step}. %n Epochen behalten.</numerusform>
        </translation>
    </message>
    <message>
        <source>Stopped at step {step}, everything up to step {safe} is safe.</source>
        <translation>Gestoppt bei Schritt {step}, alles bis Schritt {safe} ist gesichert.</translation>
    </message>
    <message>
        <source>Epoch {epoch} of {epochs}  ·  step {step} of {steps}</source>
        <translation>Epoche {epoch} von {epochs}  ·  Schritt {step} von {steps}</translation>
    </message>
    <message>
        <source>Epoch {epoch} of {epochs}  ·  step {step} of {steps}  ·  done around {time}</source>
        <translation>Epoche {epoch} von {epochs}  ·  Schritt {step} von {steps}  ·  fertig gegen {time}</translation>
    </message>
    <message>
        <source>Not yet</source>
        <translation>Noch nicht</translation>
    </message>
    <message>
        <source>{seconds} s ago</source>
        <translation>vor {seconds} s</translation>
    </message>
    <message>
        <source>{minutes} min ago</source>
        <translation>vor {minutes} min</translation>
    </message>
    <message>
        <source>the processor</source>
        <translation>dem Prozessor</translation>
    </message>
    <message>
        <source>Training started on {device}</source>
        <translation>Training auf {device} begonnen</translation>
    </message>
    <message>
        <source>this computer</source>
        <translation>diesem Rechner</translation>
    </message>
    <message>
        <source>Carried on from step {step}</source>
        <translation>Ab Schritt {step} fortgesetzt</translation>
    </message>
    <message>
        <source>One step fits: {used} of {total} GB</source>
        <translation>Ein Schritt passt: {used} von {total} GB</translation>
    </message>
    <message>
        <source>Saved epoch {epoch}</source>
        <translation>Epoche {epoch} gesichert</translation>
    </message>
    <message numerus="yes">
        <source>Saved epoch {epoch} and drew %n sample(s)</source>
        <translation>
            <numerusform>Epoche {epoch} gesichert und %n Probebild gezeichnet</numerusform>
            <numerusform>Epoche {epoch} gesichert und %n Probebilder gezeichnet</numerusform>
        </translation>
    </message>
    <message>
        <source>Stopped at step {step}, everything was kept</source>
        <translation>Gestoppt bei Schritt {step}, alles behalten</translation>
    </message>
    <message>
        <source>Loading the base model</source>
        <translation>Das Basismodell wird geladen</translation>
    </message>
    <message>
        <source>Encoding captions {done} of {total}</source>
        <translation>Beschreibungen werden umgesetzt, {done} von {total}</translation>
    </message>
    <message>
        <source>Encoding captions</source>
        <translation>Beschreibungen werden umgesetzt</translation>
    </message>
    <message>
        <source>Reading pictures {done} of {total}</source>
        <translation>Bilder werden gelesen, {done} von {total}</translation>
    </message>
    <message>
        <source>Reading pictures</source>
        <translation>Bilder werden gelesen</translation>
    </message>
    <message>
        <source>Measuring the graphics card</source>
        <translation>Grafikkarte wird vermessen</translation>
    </message>
    <message>
        <source>Checking that one step fits</source>
        <translation>Prüft, ob ein Schritt passt</translation>
    </message>
    <message>
        <source>Drawing sample {done} of {total}</source>
        <translation>Probebild {done} von {total} wird gezeichnet</translation>
    </message>
    <message>
        <source>Starting the trainer</source>
        <translation>Das Training wird gestartet</translation>
    </message>
    <message>
        <source>About {hours} h {minutes} min left</source>
        <translation>Noch etwa {hours} h {minutes} min</translation>
    </message>
    <message numerus="yes">
        <source>About %n minute(s) left</source>
        <translation>
            <numerusform>Noch etwa %n Minute</numerusform>
            <numerusform>Noch etwa %n Minuten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>About %n second(s) left</source>
        <translation>
            <numerusform>Noch etwa %n Sekunde</numerusform>
            <numerusform>Noch etwa %n Sekunden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Finished in under a minute. %n epoch(s) saved.</source>
        <translation>
            <numerusform>In weniger als einer Minute fertig. %n Epoche gesichert.</numerusform>
            <numerusform>In weniger als einer Minute fertig. %n Epochen gesichert.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Finished in {minutes} min. %n epoch(s) saved.</source>
        <translation>
            <numerusform>In {minutes} min fertig. %n Epoche gesichert.</numerusform>
            <numerusform>In {minutes} min fertig. %n Epochen gesichert.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RunsPanel</name>
    <message>
        <source>Each run at the epoch you picked, or its last.</source>
        <translation>Jedes Training bei der gewählten Epoche, sonst bei seiner letzten.</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
    <message>
        <source>A picture of another run is being drawn. Wait until it is there.</source>
        <translation>Ein Bild eines anderen Trainings wird gerade gezeichnet. Bitte warten, bis es da ist.</translation>
    </message>
</context>
<context>
    <name>SampleList</name>
    <message>
        <source>{prompt}, not drawn yet</source>
        <translation>{prompt}, noch nicht gezeichnet</translation>
    </message>
</context>
<context>
    <name>SamplesCard</name>
    <message>
        <source>Samples</source>
        <translation>Probebilder</translation>
    </message>
    <message>
        <source>Draw now</source>
        <translation>Jetzt zeichnen</translation>
    </message>
    <message>
        <source>This training draws no samples.</source>
        <translation>Dieses Training zeichnet keine Probebilder.</translation>
    </message>
    <message>
        <source>The first samples are drawn before the first step.</source>
        <translation>Die ersten Probebilder entstehen vor dem ersten Schritt.</translation>
    </message>
    <message>
        <source>No samples yet.</source>
        <translation>Noch keine Probebilder.</translation>
    </message>
    <message>
        <source>Epoch {epoch}</source>
        <translation>Epoche {epoch}</translation>
    </message>
    <message>
        <source>Before training</source>
        <translation>Vor dem Training</translation>
    </message>
    <message>
        <source>Next ones in under a minute</source>
        <translation>Nächste in weniger als einer Minute</translation>
    </message>
    <message numerus="yes">
        <source>Next ones in about %n minute(s)</source>
        <translation>
            <numerusform>Nächste in etwa %n Minute</numerusform>
            <numerusform>Nächste in etwa %n Minuten</numerusform>
        </translation>
    </message>
    <message>
        <source>soon</source>
        <translation>bald</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} min</translation>
    </message>
</context>
<context>
    <name>SamplesView</name>
    <message>
        <source>Samples</source>
        <translation>Probebilder</translation>
    </message>
</context>
<context>
    <name>SaveSheet</name>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Save to a file…</source>
        <translation>In eine Datei speichern …</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>A preset needs a name.</source>
        <translation>Eine Vorlage braucht einen Namen.</translation>
    </message>
    <message>
        <source>You have a preset of this name; saving replaces it.</source>
        <translation>Es gibt schon eine Vorlage dieses Namens; Speichern ersetzt sie.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
</context>
<context>
    <name>SavedCard</name>
    <message>
        <source>Your file</source>
        <translation>Deine Datei</translation>
    </message>
    <message>
        <source>Save it first</source>
        <translation>Erst speichern</translation>
    </message>
    <message>
        <source>Copy path</source>
        <translation>Pfad kopieren</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Works in</source>
        <translation>Läuft in</translation>
    </message>
    <message>
        <source>Try prompt</source>
        <translation>Probierprompt</translation>
    </message>
    <message>
        <source>Copy try prompt</source>
        <translation>Probierprompt kopieren</translation>
    </message>
    <message>
        <source>Told after the file was saved and read back.</source>
        <translation>Folgt, sobald die Datei gespeichert und noch einmal gelesen ist.</translation>
    </message>
    <message>
        <source>{size}, drag me anywhere</source>
        <translation>{size}, überallhin ziehbar</translation>
    </message>
    <message>
        <source>Not in {program}: {reason}</source>
        <translation>Nicht in {program}: {reason}</translation>
    </message>
    <message>
        <source>Only in LoRA Studio: no other program has the Practice base.</source>
        <translation>Nur in LoRA Studio: Kein anderes Programm hat die Übungsbasis.</translation>
    </message>
    <message>
        <source>The file does not tell which base model it is for.</source>
        <translation>Die Datei sagt nicht, für welches Basismodell sie ist.</translation>
    </message>
    <message numerus="yes">
        <source>The saved file was read back: %n layer(s), none missing, with the numbers of epoch {epoch}.</source>
        <translation>
            <numerusform>Die gespeicherte Datei wurde zurückgelesen: %n Schicht, nichts fehlt, mit den Zahlen von Epoche {epoch}.</numerusform>
            <numerusform>Die gespeicherte Datei wurde zurückgelesen: %n Schichten, keine fehlt, mit den Zahlen von Epoche {epoch}.</numerusform>
        </translation>
    </message>
    <message>
        <source>Names and base ({base}) are ones these programs read. The programs themselves were not run.</source>
        <translation>Namen und Basis ({base}) sind solche, die diese Programme lesen. Die Programme selbst wurden nicht gestartet.</translation>
    </message>
</context>
<context>
    <name>SendSheet</name>
    <message>
        <source>Put on Hugging Face</source>
        <translation>Auf Hugging Face stellen</translation>
    </message>
    <message>
        <source>Nothing is sent before you press Send.</source>
        <translation>Gesendet wird erst mit „Senden“.</translation>
    </message>
    <message>
        <source>Page</source>
        <translation>Seite</translation>
    </message>
    <message>
        <source>Your name on Hugging Face, and one for the page.</source>
        <translation>Der eigene Name auf Hugging Face und einer für die Seite.</translation>
    </message>
    <message>
        <source>Only I can see it</source>
        <translation>Nur für mich sichtbar</translation>
    </message>
    <message>
        <source>Everybody can see and download it</source>
        <translation>Für alle sichtbar und herunterladbar</translation>
    </message>
    <message>
        <source>Forget the token</source>
        <translation>Zugangsschlüssel vergessen</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Zugangsschlüssel</translation>
    </message>
    <message>
        <source>A password for programs. Make one that may write at huggingface.co/settings/tokens.</source>
        <translation>Ein Passwort für Programme. Lege eines, das schreiben darf, auf huggingface.co/settings/tokens an.</translation>
    </message>
    <message>
        <source>Keep it with this computer&apos;s saved passwords</source>
        <translation>Bei den gespeicherten Passwörtern dieses Rechners aufheben</translation>
    </message>
    <message>
        <source>What is sent</source>
        <translation>Was gesendet wird</translation>
    </message>
    <message>
        <source>Open its page</source>
        <translation>Seite öffnen</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>The kit is being looked through</source>
        <translation>Das Paket wird durchgesehen</translation>
    </message>
    <message>
        <source>Say first where to</source>
        <translation>Erst sagen, wohin</translation>
    </message>
    <message>
        <source>Type the token first</source>
        <translation>Erst den Zugangsschlüssel eingeben</translation>
    </message>
    <message>
        <source>What everybody can see needs a licence: choose one, and save again</source>
        <translation>Was alle sehen können, braucht eine Lizenz: eine wählen und neu speichern</translation>
    </message>
    <message>
        <source>{name}, {size}</source>
        <translation>{name}, {size}</translation>
    </message>
    <message>
        <source>Altogether {size}</source>
        <translation>Zusammen {size}</translation>
    </message>
    <message>
        <source>Licence: {name}</source>
        <translation>Lizenz: {name}</translation>
    </message>
    <message>
        <source>No licence is stated.</source>
        <translation>Keine Lizenz angegeben.</translation>
    </message>
    <message>
        <source>The token among this computer&apos;s saved passwords is used.</source>
        <translation>Verwendet wird das Token aus den gespeicherten Passwörtern dieses Rechners.</translation>
    </message>
    <message>
        <source>The token in HF_TOKEN is used.</source>
        <translation>Der Zugangsschlüssel in HF_TOKEN wird verwendet.</translation>
    </message>
    <message>
        <source>Sent {percent} % of {size}. Closing this stops it, and then nothing appears there.</source>
        <translation>{percent} % von {size} gesendet. Schließen bricht ab, und dann erscheint dort nichts.</translation>
    </message>
    <message>
        <source>It is there: {address}</source>
        <translation>Es ist da: {address}</translation>
    </message>
</context>
<context>
    <name>SettingRow</name>
    <message>
        <source>Reset {setting}</source>
        <translation>{setting} zurücksetzen</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Search settings</source>
        <translation>Einstellungen durchsuchen</translation>
    </message>
    <message>
        <source>Clear search</source>
        <translation>Suche aufheben</translation>
    </message>
    <message>
        <source>General</source>
        <translation>Allgemein</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>Farbschema</translation>
    </message>
    <message>
        <source>Follow the system, or keep one.</source>
        <translation>Dem System folgen oder eines behalten.</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation>Hoher Kontrast</translation>
    </message>
    <message>
        <source>{percent} %</source>
        <translation>{percent} %</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>Textgröße</translation>
    </message>
    <message>
        <source>All words and what holds them grow.</source>
        <translation>Alle Wörter und was sie enthält, wachsen mit.</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Takes effect when the app starts again.</source>
        <translation>Gilt ab dem nächsten Start der App.</translation>
    </message>
    <message>
        <source>Reduce motion</source>
        <translation>Weniger Bewegung</translation>
    </message>
    <message>
        <source>Nothing turns or shimmers. “As the system” follows Windows; elsewhere choose here.</source>
        <translation>Nichts dreht sich oder schimmert. „Wie das System“ folgt Windows; sonst wählen Sie hier.</translation>
    </message>
    <message>
        <source>On</source>
        <translation>Ein</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>The queue tells once</source>
        <translation>Die Warteschlange meldet einmal</translation>
    </message>
    <message>
        <source>When all its jobs are done, instead of after each.</source>
        <translation>Wenn alle ihre Aufträge fertig sind, statt nach jedem.</translation>
    </message>
    <message>
        <source>Each row says what it does. A dot marks what you changed, and Reset gives back the app&apos;s own choice. Press {search} to search all sections.</source>
        <translation>Jede Zeile sagt, was sie bewirkt. Ein Punkt zeigt, was geändert wurde, und „Zurücksetzen“ bringt die Wahl der App zurück. {search} durchsucht alle Bereiche.</translation>
    </message>
    <message>
        <source>Folders</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Projects</source>
        <translation>Projekte</translation>
    </message>
    <message>
        <source>Where projects are made. Those that exist stay where they are.</source>
        <translation>Wo Projekte entstehen. Bestehende bleiben, wo sie sind.</translation>
    </message>
    <message>
        <source>Exports</source>
        <translation>Exporte</translation>
    </message>
    <message>
        <source>Where finished adapters are saved.</source>
        <translation>Wo fertige Adapter gespeichert werden.</translation>
    </message>
    <message>
        <source>Beside each run</source>
        <translation>Neben jedem Lauf</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>Clear the cache</source>
        <translation>Zwischenspeicher leeren</translation>
    </message>
    <message>
        <source>Cache</source>
        <translation>Zwischenspeicher</translation>
    </message>
    <message>
        <source>Small pictures for lists. They are made again when they are needed.</source>
        <translation>Kleine Bilder für Listen. Sie werden bei Bedarf neu erstellt.</translation>
    </message>
    <message>
        <source>Show them</source>
        <translation>Zeigen</translation>
    </message>
    <message>
        <source>Base models</source>
        <translation>Basismodelle</translation>
    </message>
    <message>
        <source>Folders that are looked through are kept under Base models.</source>
        <translation>Welche Ordner durchsucht werden, steht unter Basismodelle.</translation>
    </message>
    <message>
        <source>GPU and memory</source>
        <translation>Grafikkarte und Speicher</translation>
    </message>
    <message>
        <source>Graphics card</source>
        <translation>Grafikkarte</translation>
    </message>
    <message>
        <source>What training runs on.</source>
        <translation>Worauf das Training läuft.</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Card {number} (not there)</source>
        <translation>Karte {number} (nicht da)</translation>
    </message>
    <message>
        <source>Memory kept free</source>
        <translation>Freizuhaltender Speicher</translation>
    </message>
    <message>
        <source>Left to other programs. Too little makes training slow.</source>
        <translation>Bleibt anderen Programmen. Zu wenig macht das Training langsam.</translation>
    </message>
    <message>
        <source>Keep training when the window closes</source>
        <translation>Weiter trainieren, wenn das Fenster schließt</translation>
    </message>
    <message>
        <source>Off pauses and saves instead.</source>
        <translation>Aus heißt: anhalten und sichern.</translation>
    </message>
    <message>
        <source>Keep the computer awake while training</source>
        <translation>Computer beim Training wach halten</translation>
    </message>
    <message>
        <source>The screen may go dark. Counts from the next start of a training.</source>
        <translation>Der Bildschirm darf dunkel werden. Gilt ab dem nächsten Start eines Trainings.</translation>
    </message>
    <message>
        <source>Wait while on battery</source>
        <translation>Im Akkubetrieb warten</translation>
    </message>
    <message>
        <source>Saves, and goes on by itself when plugged in. Counts from the next start of a training.</source>
        <translation>Speichert und macht von selbst weiter, sobald der Computer am Netz hängt. Gilt ab dem nächsten Start eines Trainings.</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>Benachrichtigungen</translation>
    </message>
    <message>
        <source>Shown only while the window is not in front.</source>
        <translation>Nur, solange das Fenster nicht vorn ist.</translation>
    </message>
    <message>
        <source>A run is finished</source>
        <translation>Ein Lauf ist fertig</translation>
    </message>
    <message>
        <source>One for each run.</source>
        <translation>Eine je Lauf.</translation>
    </message>
    <message>
        <source>Something needs you</source>
        <translation>Etwas braucht Aufmerksamkeit</translation>
    </message>
    <message>
        <source>A run stopped, or the disk is almost full.</source>
        <translation>Ein Lauf brach ab, oder das Laufwerk ist fast voll.</translation>
    </message>
    <message>
        <source>Sound</source>
        <translation>Ton</translation>
    </message>
    <message>
        <source>Notifications make a sound.</source>
        <translation>Benachrichtigungen sind zu hören.</translation>
    </message>
    <message>
        <source>Privacy</source>
        <translation>Privates</translation>
    </message>
    <message>
        <source>Your pictures, captions and adapters stay on this computer. The app collects nothing about you.</source>
        <translation>Bilder, Beschreibungen und Adapter bleiben auf diesem Rechner. Die App sammelt nichts über die Menschen, die sie nutzen.</translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation>Wieder fragen</translation>
    </message>
    <message>
        <source>Answers that were remembered</source>
        <translation>Gemerkte Antworten</translation>
    </message>
    <message>
        <source>Questions you answered for good are asked once more.</source>
        <translation>Für immer beantwortete Fragen werden wieder gestellt.</translation>
    </message>
    <message>
        <source>Save a report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Report about a problem</source>
        <translation>Bericht über ein Problem</translation>
    </message>
    <message>
        <source>A zip file without pictures, captions or your folders. You see what it holds first.</source>
        <translation>Eine Zip-Datei ohne Bilder, Beschreibungen und eigene Ordner. Vorher ist zu sehen, was sie enthält.</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation>Alles zurücksetzen</translation>
    </message>
    <message>
        <source>About</source>
        <translation>Über</translation>
    </message>
    <message>
        <source>Click a field, then press the keys. Single letters rest while you type text. Arrows, Tab and Esc stay as they are.</source>
        <translation>In ein Feld klicken, dann die Tasten drücken. Einzelne Buchstaben ruhen, während Text getippt wird. Pfeile, Tab und Esc bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Everything is saved at once.</source>
        <translation>Alles wird sofort gespeichert.</translation>
    </message>
    <message>
        <source>No setting is called “{words}”.</source>
        <translation>Keine Einstellung heißt „{words}“.</translation>
    </message>
    <message>
        <source>{name}, {size} GB</source>
        <translation>{name}, {size} GB</translation>
    </message>
    <message>
        <source>No supported graphics card was found.</source>
        <translation>Keine unterstützte Grafikkarte gefunden.</translation>
    </message>
    <message>
        <source>No answer is remembered</source>
        <translation>Keine Antwort ist gemerkt</translation>
    </message>
    <message>
        <source>All keys are as they came.</source>
        <translation>Alle Tasten sind wie am Anfang.</translation>
    </message>
    <message>
        <source>Clear {size}</source>
        <translation>{size} leeren</translation>
    </message>
    <message>
        <source>The cache is empty</source>
        <translation>Der Zwischenspeicher ist leer</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Zip files (*.zip)</source>
        <translation>Zip-Dateien (*.zip)</translation>
    </message>
    <message>
        <source>The report is saved as {name}.</source>
        <translation>Der Bericht ist als {name} gespeichert.</translation>
    </message>
</context>
<context>
    <name>SharingPart</name>
    <message>
        <source>Make a sharing kit</source>
        <translation>Paket zum Weitergeben machen</translation>
    </message>
    <message>
        <source>Other forms of the kit</source>
        <translation>Andere Formen des Pakets</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>Im Ordner zeigen</translation>
    </message>
    <message>
        <source>Put on Hugging Face…</source>
        <translation>Auf Hugging Face stellen …</translation>
    </message>
    <message>
        <source>A kit is a folder with the adapter, cover, samples, and a card for Civitai and Hugging Face. Captions stay out. Nothing is sent.</source>
        <translation>Ein Paket ist ein Ordner mit dem Adapter, Titelbild, Probebildern und einer Karte für Civitai und Hugging Face. Beschreibungen bleiben draußen. Nichts wird gesendet.</translation>
    </message>
    <message>
        <source>Make it as a folder</source>
        <translation>Als Ordner anlegen</translation>
    </message>
    <message>
        <source>Make it as one .zip file</source>
        <translation>Als eine .zip-Datei anlegen</translation>
    </message>
    <message numerus="yes">
        <source>%n file(s), {size}</source>
        <translation>
            <numerusform>%n Datei, {size}</numerusform>
            <numerusform>%n Dateien, {size}</numerusform>
        </translation>
    </message>
    <message>
        <source>Hugging Face takes it as a folder: make one with the menu</source>
        <translation>Hugging Face nimmt es als Ordner: im Menü einen machen</translation>
    </message>
</context>
<context>
    <name>Sheet</name>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
</context>
<context>
    <name>Skeleton</name>
    <message>
        <source>Loading</source>
        <translation>Wird geladen</translation>
    </message>
</context>
<context>
    <name>StarRow</name>
    <message numerus="yes">
        <source>%n star(s)</source>
        <translation>
            <numerusform>%n Stern</numerusform>
            <numerusform>%n Sterne</numerusform>
        </translation>
    </message>
    <message>
        <source>Not rated</source>
        <translation>Nicht bewertet</translation>
    </message>
</context>
<context>
    <name>StartPage</name>
    <message>
        <source>Drop a folder of pictures here</source>
        <translation>Einen Ordner mit Bildern hier ablegen</translation>
    </message>
    <message>
        <source>Folders inside it are searched too. Your pictures are never changed.</source>
        <translation>Ordner darin werden mit durchsucht. Die Bilder werden nie verändert.</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>Ordner wählen</translation>
    </message>
    <message>
        <source>Recent projects</source>
        <translation>Letzte Projekte</translation>
    </message>
    <message>
        <source>Try it first</source>
        <translation>Erst einmal ausprobieren</translation>
    </message>
    <message>
        <source>New project</source>
        <translation>Neues Projekt</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Start</translation>
    </message>
    <message>
        <source>Welcome to LoRA Studio</source>
        <translation>Willkommen bei LoRA Studio</translation>
    </message>
    <message>
        <source>A folder dropped here becomes a project of its own.</source>
        <translation>Ein hier abgelegter Ordner wird ein eigenes Projekt.</translation>
    </message>
    <message>
        <source>Drop a folder of pictures, get a LoRA you can share.</source>
        <translation>Ein Ordner mit Bildern hinein, ein LoRA zum Weitergeben heraus.</translation>
    </message>
    <message>
        <source>Drop a folder of pictures anywhere on the window, or choose one. It becomes a project: the pictures are checked, a recipe is proposed, and training can begin. The same folder opens the same project again. {open} opens a project that lies elsewhere.</source>
        <translation>Einen Ordner mit Bildern irgendwo auf dem Fenster ablegen oder einen wählen. Er wird ein Projekt: Die Bilder werden geprüft, ein Rezept wird vorgeschlagen, und das Training kann beginnen. Derselbe Ordner öffnet wieder dasselbe Projekt. {open} öffnet ein Projekt, das anderswo liegt.</translation>
    </message>
    <message>
        <source>Choose a folder of pictures</source>
        <translation>Einen Ordner mit Bildern wählen</translation>
    </message>
    <message>
        <source>Remove from this list</source>
        <translation>Aus dieser Liste nehmen</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s)</source>
        <translation>
            <numerusform>%n Bild</numerusform>
            <numerusform>%n Bilder</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s), {span} here</source>
        <translation>
            <numerusform>%n Bild, hier {span}</numerusform>
            <numerusform>%n Bilder, hier {span}</numerusform>
        </translation>
    </message>
    <message>
        <source>Measured on this computer.</source>
        <translation>Auf diesem Rechner gemessen.</translation>
    </message>
    <message>
        <source>{low} to {high}: estimated.</source>
        <translation>{low} bis {high}: geschätzt.</translation>
    </message>
    <message>
        <source>Your computer</source>
        <translation>Dieser Rechner</translation>
    </message>
</context>
<context>
    <name>StrengthComparison</name>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>base model</source>
        <translation>Basismodell</translation>
    </message>
</context>
<context>
    <name>Studio</name>
    <message>
        <source>Open a project</source>
        <translation>Projekt öffnen</translation>
    </message>
    <message>
        <source>This is a copy. Its runs stayed in the original.</source>
        <translation>Das ist eine Kopie. Läufe bleiben im Original.</translation>
    </message>
    <message>
        <source>{name} copy</source>
        <translation>{name} Kopie</translation>
    </message>
    <message>
        <source>Choose a folder of pictures</source>
        <translation>Einen Ordner mit Bildern wählen</translation>
    </message>
    <message>
        <source>Open a project first, then drop {name} again.</source>
        <translation>Erst ein Projekt öffnen, dann {name} noch einmal ablegen.</translation>
    </message>
    <message>
        <source>{project} is ready to compare</source>
        <translation>{project} ist bereit zum Vergleich</translation>
    </message>
    <message>
        <source>{project} needs you</source>
        <translation>{project} braucht Aufmerksamkeit</translation>
    </message>
    <message numerus="yes">
        <source>The computer sleeps in %n second(s).</source>
        <translation>
            <numerusform>Der Rechner geht in %n Sekunde in den Ruhezustand.</numerusform>
            <numerusform>Der Rechner geht in %n Sekunden in den Ruhezustand.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The computer shuts down in %n second(s).</source>
        <translation>
            <numerusform>Der Rechner fährt in %n Sekunde herunter.</numerusform>
            <numerusform>Der Rechner fährt in %n Sekunden herunter.</numerusform>
        </translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Something in the window went wrong.</source>
        <translation>Im Fenster ist etwas schiefgegangen.</translation>
    </message>
    <message>
        <source>Trainings go on, and what was saved is safe. A report tells the makers what happened.</source>
        <translation>Trainings laufen weiter, und was gespeichert wurde, ist sicher. Ein Bericht sagt den Entwicklern, was geschah.</translation>
    </message>
    <message>
        <source>Save a report</source>
        <translation>Bericht speichern</translation>
    </message>
</context>
<context>
    <name>SwitchRow</name>
    <message>
        <source>On</source>
        <translation>Ein</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
</context>
<context>
    <name>TagChip</name>
    <message>
        <source>Locked in first place</source>
        <translation>Fest an erster Stelle</translation>
    </message>
    <message>
        <source>Press Delete to remove</source>
        <translation>Entf drücken, um es zu entfernen</translation>
    </message>
</context>
<context>
    <name>Taskbar</name>
    <message>
        <source>LoRA Studio · {project} · {percent} %</source>
        <translation>LoRA Studio · {project} · {percent} %</translation>
    </message>
</context>
<context>
    <name>TextSheet</name>
    <message>
        <source>Settings as JSON</source>
        <translation>Einstellungen als JSON</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Use these settings</source>
        <translation>Diese Einstellungen verwenden</translation>
    </message>
</context>
<context>
    <name>Toast</name>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
</context>
<context>
    <name>ToolSheet</name>
    <message>
        <source>Name of the new file</source>
        <translation>Name der neuen Datei</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Choose another folder</source>
        <translation>Anderen Ordner wählen</translation>
    </message>
    <message>
        <source>Make another</source>
        <translation>Noch eine machen</translation>
    </message>
    <message>
        <source>Use it as base</source>
        <translation>Als Basismodell verwenden</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>Im Ordner zeigen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Folder for adapters</source>
        <translation>Ordner für Adapter</translation>
    </message>
    <message>
        <source>Saving and reading it back</source>
        <translation>Wird gespeichert und zurückgelesen</translation>
    </message>
    <message>
        <source>Making the new file</source>
        <translation>Die neue Datei entsteht</translation>
    </message>
    <message>
        <source>Calling it off</source>
        <translation>Wird abgebrochen</translation>
    </message>
    <message>
        <source>{name}, because that name is taken</source>
        <translation>{name}, weil dieser Name vergeben ist</translation>
    </message>
    <message>
        <source>About {size} will be written.</source>
        <translation>Etwa {size} werden geschrieben.</translation>
    </message>
    <message>
        <source>About {size} will be written; {free} is free there.</source>
        <translation>Etwa {size} werden geschrieben; {free} sind dort frei.</translation>
    </message>
    <message>
        <source>There is not enough room in this folder</source>
        <translation>In diesem Ordner ist nicht genug Platz</translation>
    </message>
    <message>
        <source>Give it a name</source>
        <translation>Einen Namen geben</translation>
    </message>
    <message>
        <source>A name cannot hold / \ : * ? &quot; &lt; &gt; |</source>
        <translation>Ein Name darf kein / \ : * ? &quot; &lt; &gt; | enthalten</translation>
    </message>
    <message>
        <source>A name cannot begin or end with a dot or space</source>
        <translation>Ein Name darf nicht mit Punkt oder Leerzeichen beginnen oder enden</translation>
    </message>
    <message>
        <source>This name is too long for a file</source>
        <translation>Dieser Name ist zu lang für eine Datei</translation>
    </message>
    <message>
        <source>Saved {name}</source>
        <translation>{name} gespeichert</translation>
    </message>
    <message>
        <source>{size}, drag me anywhere</source>
        <translation>{size}, irgendwohin ziehen</translation>
    </message>
</context>
<context>
    <name>TrainPage</name>
    <message>
        <source>Go to Recipe</source>
        <translation>Zum Rezept</translation>
    </message>
    <message>
        <source>Compare epochs</source>
        <translation>Epochen vergleichen</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Stop and keep</source>
        <translation>Stoppen und behalten</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Stop now</source>
        <translation>Jetzt stoppen</translation>
    </message>
    <message>
        <source>No training in this project</source>
        <translation>Kein Training in diesem Projekt</translation>
    </message>
    <message>
        <source>Once you start one, its samples and progress are shown here.</source>
        <translation>Nach dem Start stehen hier Probebilder und Fortschritt.</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>Everything is saved. Training goes on by itself when the computer is plugged in.</source>
        <translation>Alles ist gespeichert. Das Training geht von selbst weiter, sobald der Computer am Netz hängt.</translation>
    </message>
    <message>
        <source>It may be busy. What was saved is safe.</source>
        <translation>Vielleicht ist es beschäftigt. Gesichertes ist unversehrt.</translation>
    </message>
    <message>
        <source>The trainer does not answer</source>
        <translation>Das Training antwortet nicht</translation>
    </message>
    <message>
        <source>This takes a few seconds, 30 at the most.</source>
        <translation>Das dauert einige Sekunden, höchstens 30.</translation>
    </message>
    <message>
        <source>Training has not started</source>
        <translation>Das Training hat nicht begonnen</translation>
    </message>
    <message>
        <source>Everything for it is ready.</source>
        <translation>Alles dafür ist bereit.</translation>
    </message>
    <message>
        <source>The memory of the graphics card is free. Go on whenever you like.</source>
        <translation>Der Speicher der Grafikkarte ist frei. Weiter geht es jederzeit.</translation>
    </message>
    <message>
        <source>Everything is saved. Go on whenever you like.</source>
        <translation>Alles ist gespeichert. Machen Sie weiter, wann Sie möchten.</translation>
    </message>
    <message>
        <source>Compare the epochs and pick the one that looks right.</source>
        <translation>Die Epochen vergleichen und die wählen, die stimmt.</translation>
    </message>
    <message>
        <source>Resume goes on from there.</source>
        <translation>„Fortsetzen“ macht dort weiter.</translation>
    </message>
    <message>
        <source>Training can go on</source>
        <translation>Das Training kann weitergehen</translation>
    </message>
    <message>
        <source>What was saved before is safe. Your recipe is as it was.</source>
        <translation>Vorher Gesichertes ist unversehrt. Das Rezept ist, wie es war.</translation>
    </message>
    <message>
        <source>Training has stopped</source>
        <translation>Das Training ist abgebrochen</translation>
    </message>
    <message>
        <source>Training goes on by itself, also when this window is closed. Pause frees the graphics card and can be taken back at any time. Stop and keep ends the run; every finished epoch stays. The samples say more than the loss.</source>
        <translation>Das Training läuft von selbst weiter, auch wenn dieses Fenster schließt. „Anhalten“ gibt die Grafikkarte frei und lässt sich jederzeit zurücknehmen. „Stoppen und behalten“ beendet den Lauf; jede fertige Epoche bleibt. Die Probebilder sagen mehr als der Verlust.</translation>
    </message>
    <message>
        <source>Training carries on by itself. Open the app again to see it.</source>
        <translation>Das Training läuft von selbst weiter. Beim nächsten Öffnen der App ist es wieder zu sehen.</translation>
    </message>
    <message>
        <source>You can close this window</source>
        <translation>Dieses Fenster darf schließen</translation>
    </message>
    <message>
        <source>It saves first and can go on later. Settings can change that.</source>
        <translation>Es sichert zuerst und kann später weitergehen. Das lässt sich in den Einstellungen ändern.</translation>
    </message>
    <message>
        <source>Closing this window pauses training</source>
        <translation>Schließen hält das Training an</translation>
    </message>
    <message>
        <source>It has been asked to stop already</source>
        <translation>Es ist schon zum Stoppen aufgefordert</translation>
    </message>
    <message>
        <source>Start training</source>
        <translation>Training starten</translation>
    </message>
    <message>
        <source>Stop and resume from step {step}</source>
        <translation>Stoppen und ab Schritt {step} fortsetzen</translation>
    </message>
    <message>
        <source>The disk is almost full: {free} GB left.</source>
        <translation>Das Laufwerk ist fast voll: noch {free} GB.</translation>
    </message>
    <message>
        <source>Training stops when nothing more can be saved. What was saved before is safe.</source>
        <translation>Das Training stoppt, wenn sich nichts mehr sichern lässt. Vorher Gesichertes ist unversehrt.</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Erneut prüfen</translation>
    </message>
    <message>
        <source>Use less memory in the recipe</source>
        <translation>Im Rezept weniger Speicher verwenden</translation>
    </message>
    <message>
        <source>Start again at half the rate</source>
        <translation>Mit halber Rate neu starten</translation>
    </message>
    <message>
        <source>Epochs can be compared once the first is finished.</source>
        <translation>Epochen lassen sich vergleichen, sobald die erste fertig ist.</translation>
    </message>
    <message>
        <source>What the trainer printed</source>
        <translation>Was das Training ausgab</translation>
    </message>
    <message>
        <source>Nothing yet.</source>
        <translation>Noch nichts.</translation>
    </message>
</context>
<context>
    <name>TriggerCard</name>
    <message>
        <source>Trigger word</source>
        <translation>Auslösewort</translation>
    </message>
    <message>
        <source>Type it in a prompt to call it up.</source>
        <translation>Im Prompt ruft es das Gelernte ab.</translation>
    </message>
    <message>
        <source>Proposed from the project&apos;s name. Type it in a prompt to call it up.</source>
        <translation>Vorschlag nach dem Projektnamen. Im Prompt ruft es das Gelernte ab.</translation>
    </message>
    <message>
        <source>New to this model</source>
        <translation>Neu für das Modell</translation>
    </message>
    <message>
        <source>Needs a look</source>
        <translation>Zu prüfen</translation>
    </message>
    <message>
        <source>No trigger word</source>
        <translation>Kein Auslösewort</translation>
    </message>
</context>
<context>
    <name>Viewer</name>
    <message>
        <source>Compare with</source>
        <translation>Vergleichen mit</translation>
    </message>
    <message>
        <source>Wipe</source>
        <translation>Wischen</translation>
    </message>
    <message>
        <source>Side</source>
        <translation>Beide</translation>
    </message>
    <message>
        <source>Flip</source>
        <translation>Wechsel</translation>
    </message>
    <message>
        <source>How to compare</source>
        <translation>Art des Vergleichs</translation>
    </message>
    <message>
        <source>Drag to wipe. Hold {key} to flip.</source>
        <translation>Ziehen wischt. {key} halten wechselt.</translation>
    </message>
</context>
<context>
    <name>ViewerCard</name>
    <message>
        <source>Your pick</source>
        <translation>Ausgewählt</translation>
    </message>
    <message>
        <source>Pick</source>
        <translation>Auswählen</translation>
    </message>
    <message>
        <source>Rating</source>
        <translation>Bewertung</translation>
    </message>
    <message>
        <source>The other prompts</source>
        <translation>Die anderen Prompts</translation>
    </message>
    <message>
        <source>Show both</source>
        <translation>Beide zeigen</translation>
    </message>
    <message>
        <source>This sample nearly repeats one of your pictures. See whether an earlier epoch does, too.</source>
        <translation>Dieses Probebild gibt eines Ihrer Bilder fast genau wieder. Sehen Sie nach, ob eine frühere Epoche das auch tut.</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>Stärke</translation>
    </message>
    <message>
        <source>See all strengths</source>
        <translation>Alle Stärken sehen</translation>
    </message>
    <message>
        <source>Epoch {epoch}</source>
        <translation>Epoche {epoch}</translation>
    </message>
    <message>
        <source>Base alone</source>
        <translation>Basis allein</translation>
    </message>
    <message>
        <source>Pick epoch {epoch}</source>
        <translation>Epoche {epoch} auswählen</translation>
    </message>
    <message>
        <source>Rating of epoch {epoch}</source>
        <translation>Bewertung von Epoche {epoch}</translation>
    </message>
    <message>
        <source>Very close to {name}</source>
        <translation>Sehr nah an {name}</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
</context>
<context>
    <name>WipeHandle</name>
    <message>
        <source>Line between the pictures</source>
        <translation>Linie zwischen den Bildern</translation>
    </message>
</context>
<context>
    <name>WipeView</name>
    <message>
        <source>Nothing to compare yet</source>
        <translation>Noch nichts zu vergleichen</translation>
    </message>
    <message>
        <source>{first} beside {second}</source>
        <translation>{first} neben {second}</translation>
    </message>
</context>
<context>
    <name>_ComputerCard</name>
    <message>
        <source>Projects live in</source>
        <translation>Projekte liegen in</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Ändern</translation>
    </message>
    <message>
        <source>Choose where projects live</source>
        <translation>Wählen, wo Projekte liegen</translation>
    </message>
    <message>
        <source>Where should projects live?</source>
        <translation>Wo sollen Projekte liegen?</translation>
    </message>
    <message>
        <source>{card}, ready to train</source>
        <translation>{card}, bereit zum Training</translation>
    </message>
    <message>
        <source>Add a model</source>
        <translation>Modell hinzufügen</translation>
    </message>
    <message>
        <source>Where to get one</source>
        <translation>Wo es welche gibt</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Erneut prüfen</translation>
    </message>
    <message>
        <source>Opens your browser; needs the internet.</source>
        <translation>Öffnet den Browser; braucht das Internet.</translation>
    </message>
</context>
<context>
    <name>about</name>
    <message>
        <source>LoRA Studio: notice</source>
        <translation>LoRA Studio: Hinweis</translation>
    </message>
    <message>
        <source>LoRA Studio: licence</source>
        <translation>LoRA Studio: Lizenz</translation>
    </message>
    <message>
        <source>Practice base</source>
        <translation>Übungsbasis</translation>
    </message>
    <message>
        <source>Sample project: {name}</source>
        <translation>Beispielprojekt: {name}</translation>
    </message>
</context>
<context>
    <name>base_models</name>
    <message>
        <source>{family}  ·  {size}  ·  found in {where}</source>
        <translation>{family}  ·  {size}  ·  gefunden in {where}</translation>
    </message>
    <message>
        <source>Comes with the app  ·  {size}  ·  for practice: its adapters work only here</source>
        <translation>Gehört zur App  ·  {size}  ·  zum Üben: Seine Adapter gehen nur hier</translation>
    </message>
    <message>
        <source>Unknown kind</source>
        <translation>Unbekannte Art</translation>
    </message>
    <message>
        <source>This file is not a model the app can train.</source>
        <translation>Diese Datei ist kein Modell, das die App trainieren kann.</translation>
    </message>
    <message>
        <source>Family</source>
        <translation>Familie</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Found in</source>
        <translation>Gefunden in</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>Noise</source>
        <translation>Rauschen</translation>
    </message>
    <message>
        <source>Velocity</source>
        <translation>Geschwindigkeit</translation>
    </message>
    <message>
        <source>This model is in an old format that can carry programs.</source>
        <translation>Dieses Modell hat ein altes Format, das Programme enthalten kann.</translation>
    </message>
    <message>
        <source>Part of the app</source>
        <translation>Teil der App</translation>
    </message>
    <message>
        <source>Predicts</source>
        <translation>Sagt voraus</translation>
    </message>
    <message>
        <source>Numbers in it</source>
        <translation>Zahlen darin</translation>
    </message>
    <message>
        <source>This model is not whole.</source>
        <translation>Dieses Modell ist nicht vollständig.</translation>
    </message>
    <message>
        <source>This folder is not a model the app can train.</source>
        <translation>Dieser Ordner ist kein Modell, das die App trainieren kann.</translation>
    </message>
    <message>
        <source>It looks like a LoRA for {family}, not a base model.</source>
        <translation>Das sieht nach einem LoRA für {family} aus, nicht nach einem Basismodell.</translation>
    </message>
    <message>
        <source>{name} is no model file.</source>
        <translation>{name} ist keine Modelldatei.</translation>
    </message>
    <message>
        <source>{name} was not opened. The app can write its numbers as a .safetensors file, and run nothing.</source>
        <translation>{name} wurde nicht geöffnet. Die App kann die Zahlen als .safetensors-Datei schreiben, ohne etwas auszuführen.</translation>
    </message>
    <message>
        <source>This model file is damaged.</source>
        <translation>Diese Modelldatei ist beschädigt.</translation>
    </message>
    <message>
        <source>{count} million</source>
        <translation>{count} Millionen</translation>
    </message>
</context>
<context>
    <name>compare_advice</name>
    <message>
        <source>The adapter has learned too little so far. More epochs make it stronger; those you have stay.</source>
        <translation>Der Adapter hat noch zu wenig gelernt. Mehr Epochen machen ihn stärker; die vorhandenen bleiben.</translation>
    </message>
    <message>
        <source>The adapter has learned too little. Set Recipe to be more thorough and train once more.</source>
        <translation>Der Adapter hat zu wenig gelernt. Im Rezept gründlicher einstellen und noch einmal trainieren.</translation>
    </message>
    <message>
        <source>What do you see?</source>
        <translation>Was ist zu sehen?</translation>
    </message>
    <message>
        <source>None of it touches what was trained.</source>
        <translation>Nichts davon ändert, was trainiert wurde.</translation>
    </message>
    <message>
        <source>Even the last epoch looks almost like the base model</source>
        <translation>Auch die letzte Epoche sieht fast wie das Basismodell aus</translation>
    </message>
    <message>
        <source>Late epochs are harsh, muddy, or copies of your pictures</source>
        <translation>Späte Epochen sind hart, matschig oder Kopien der eigenen Bilder</translation>
    </message>
    <message>
        <source>It has learned too much. Pick an earlier epoch, or use this one at less strength.</source>
        <translation>Er hat zu viel gelernt. Eine frühere Epoche wählen oder diese mit weniger Stärke verwenden.</translation>
    </message>
    <message>
        <source>See strengths</source>
        <translation>Stärken ansehen</translation>
    </message>
    <message>
        <source>Something unwanted comes along, such as a background or a pose</source>
        <translation>Etwas Ungewolltes kommt mit, etwa ein Hintergrund oder eine Pose</translation>
    </message>
    <message>
        <source>It is in many of your pictures and not in their captions. Write it there, or leave such pictures out; then train again.</source>
        <translation>Es ist auf vielen Bildern und steht nicht in ihren Bildunterschriften. Dort hineinschreiben oder solche Bilder auslassen; dann neu trainieren.</translation>
    </message>
    <message>
        <source>Go to Images</source>
        <translation>Zu den Bildern</translation>
    </message>
    <message>
        <source>It is right in some pictures and wrong in others</source>
        <translation>Auf manchen Bildern stimmt es, auf anderen nicht</translation>
    </message>
    <message>
        <source>Your pictures differ too much, or are too few. Add some that show what is missing. Another base model may know the subject better.</source>
        <translation>Die Bilder sind zu verschieden oder zu wenige. Solche hinzufügen, die das Fehlende zeigen. Ein anderes Basismodell kennt das Motiv vielleicht besser.</translation>
    </message>
    <message>
        <source>Go to Recipe</source>
        <translation>Zum Rezept</translation>
    </message>
</context>
<context>
    <name>computer</name>
    <message>
        <source>Small for training: Stable Diffusion 1.x at 512 pixels may fit. The plan says so first.</source>
        <translation>Klein für Training: Stable Diffusion 1.x mit 512 Pixeln könnte passen. Der Plan sagt es vorher.</translation>
    </message>
    <message>
        <source>Stable Diffusion 1.x and 2.x can be trained on it.</source>
        <translation>Stable Diffusion 1.x und 2.x lassen sich darauf trainieren.</translation>
    </message>
    <message numerus="yes">
        <source>%n base model(s) found</source>
        <translation>
            <numerusform>%n Basismodell gefunden</numerusform>
            <numerusform>%n Basismodelle gefunden</numerusform>
        </translation>
    </message>
    <message>
        <source>No supported graphics card found</source>
        <translation>Keine unterstützte Grafikkarte gefunden</translation>
    </message>
    <message>
        <source>You can prepare images, captions and recipes here, and open finished runs. The Practice base trains on any computer; other base models need an NVIDIA card with 6 GB or more.</source>
        <translation>Bilder, Beschreibungen und Rezepte lassen sich hier vorbereiten und fertige Läufe öffnen. Die Übungsbasis trainiert auf jedem Rechner; andere Basismodelle brauchen eine NVIDIA-Karte mit 6 GB oder mehr.</translation>
    </message>
    <message>
        <source>{name}, {size} GB</source>
        <translation>{name}, {size} GB</translation>
    </message>
    <message>
        <source>Its driver is too old for training.</source>
        <translation>Ihr Treiber ist zu alt für das Training.</translation>
    </message>
    <message>
        <source>Looking for base models</source>
        <translation>Basismodelle werden gesucht</translation>
    </message>
    <message>
        <source>Files are only read, never moved.</source>
        <translation>Dateien werden nur gelesen, nie verschoben.</translation>
    </message>
    <message>
        <source>No base model yet, only the Practice base</source>
        <translation>Noch kein Basismodell, nur die Übungsbasis</translation>
    </message>
    <message>
        <source>The Practice base draws small icons, to try things out. For your own pictures add a model you have.</source>
        <translation>Die Übungsbasis zeichnet kleine Symbole zum Ausprobieren. Für eigene Bilder ein vorhandenes Modell hinzufügen.</translation>
    </message>
    <message>
        <source>The projects&apos; drive does not answer</source>
        <translation>Das Laufwerk der Projekte antwortet nicht</translation>
    </message>
    <message>
        <source>{free} GB free on this drive</source>
        <translation>{free} GB frei auf diesem Laufwerk</translation>
    </message>
    <message>
        <source>A run takes from a few hundred MB to several GB.</source>
        <translation>Ein Lauf braucht einige Hundert MB bis mehrere GB.</translation>
    </message>
</context>
<context>
    <name>drops</name>
    <message>
        <source>Drop to draw its prompt with your adapter: {prompt}</source>
        <translation>Ablegen zeichnet seinen Prompt mit dem Adapter: {prompt}</translation>
    </message>
    <message>
        <source>Drop to add its prompt to your samples: {prompt}</source>
        <translation>Ablegen nimmt seinen Prompt zu den Probeprompts: {prompt}</translation>
    </message>
    <message numerus="yes">
        <source>Drop to merge %n file(s)</source>
        <translation>
            <numerusform>Ablegen, um %n Datei zu verschmelzen</numerusform>
            <numerusform>Ablegen, um %n Dateien zu verschmelzen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Drop to add %n picture(s)</source>
        <translation>
            <numerusform>Ablegen fügt %n Bild hinzu</numerusform>
            <numerusform>Ablegen fügt %n Bilder hinzu</numerusform>
        </translation>
    </message>
    <message>
        <source>Drop to read {name} as captions</source>
        <translation>Ablegen liest {name} als Beschreibungen</translation>
    </message>
    <message>
        <source>Drop to use {name} as base model</source>
        <translation>Ablegen nimmt {name} als Basismodell</translation>
    </message>
    <message>
        <source>Drop to open the recipe {name}</source>
        <translation>Ablegen öffnet das Rezept {name}</translation>
    </message>
    <message>
        <source>Cannot be used: {name}</source>
        <translation>Nicht verwendbar: {name}</translation>
    </message>
    <message numerus="yes">
        <source>Drop to open %n picture(s) as a project</source>
        <translation>
            <numerusform>Ablegen öffnet %n Bild als Projekt</numerusform>
            <numerusform>Ablegen öffnet %n Bilder als Projekt</numerusform>
        </translation>
    </message>
    <message>
        <source>Drop to look inside {name}</source>
        <translation>Ablegen, um in {name} hineinzusehen</translation>
    </message>
    <message>
        <source>Drop to open {name} as a project</source>
        <translation>Ablegen öffnet {name} als Projekt</translation>
    </message>
    <message>
        <source>Drop to add {name}</source>
        <translation>Ablegen fügt {name} hinzu</translation>
    </message>
    <message>
        <source>No pictures in {name}</source>
        <translation>Keine Bilder in {name}</translation>
    </message>
</context>
<context>
    <name>engine</name>
    <message>
        <source>The saved adapter does not fit this base model and these settings.</source>
        <translation>Der gesicherte Adapter passt nicht zu diesem Basismodell und diesen Einstellungen.</translation>
    </message>
    <message>
        <source>Start a new run.</source>
        <translation>Einen neuen Lauf starten.</translation>
    </message>
    <message>
        <source>{name} does not fit this base model.</source>
        <translation>{name} passt nicht zu diesem Basismodell.</translation>
    </message>
    <message>
        <source>Choose the base it was trained on; `lora-studio inspect` tells its family.</source>
        <translation>Die Basis wählen, auf der er trainiert wurde; `lora-studio inspect` nennt ihre Familie.</translation>
    </message>
    <message>
        <source>{name} is not a model the app can train.</source>
        <translation>{name} ist kein Modell, das die App trainieren kann.</translation>
    </message>
    <message>
        <source>There is no base model at {source}.</source>
        <translation>Unter {source} ist kein Basismodell.</translation>
    </message>
    <message>
        <source>The base model in {folder} is not whole.</source>
        <translation>Das Basismodell in {folder} ist nicht vollständig.</translation>
    </message>
    <message>
        <source>{name} holds no settings.</source>
        <translation>{name} enthält keine Einstellungen.</translation>
    </message>
    <message>
        <source>Download it again, or choose another base model.</source>
        <translation>Neu herunterladen oder ein anderes Basismodell wählen.</translation>
    </message>
    <message>
        <source>There is no setting called &apos;{path}&apos;.</source>
        <translation>Es gibt keine Einstellung namens „{path}“.</translation>
    </message>
    <message>
        <source>The nearest one is {near}.</source>
        <translation>Am nächsten kommt {near}.</translation>
    </message>
    <message>
        <source>`lora-studio presets --settings` lists every setting.</source>
        <translation>`lora-studio presets --settings` nennt alle Einstellungen.</translation>
    </message>
    <message>
        <source>&apos;{text}&apos; does not set anything.</source>
        <translation>„{text}“ stellt nichts ein.</translation>
    </message>
    <message>
        <source>A setting is written path.to.field=value.</source>
        <translation>Eine Einstellung schreibt sich pfad.zum.feld=wert.</translation>
    </message>
    <message>
        <source>Some settings cannot be used.</source>
        <translation>Einige Einstellungen sind nicht verwendbar.</translation>
    </message>
    <message>
        <source>Change these values; `lora-studio presets --settings` lists every setting with its range.</source>
        <translation>Diese Werte ändern; `lora-studio presets --settings` nennt jede Einstellung mit ihren Grenzen.</translation>
    </message>
    <message>
        <source>The settings of this run cannot be used.</source>
        <translation>Die Einstellungen dieses Laufs sind nicht verwendbar.</translation>
    </message>
    <message>
        <source>{error} {path} was changed by hand, or by another version of the app.</source>
        <translation>{error} {path} wurde von Hand oder von einer anderen Version der App geändert.</translation>
    </message>
    <message>
        <source>Start a new run with the same pictures.</source>
        <translation>Mit denselben Bildern einen neuen Lauf starten.</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>Basismodell</translation>
    </message>
    <message>
        <source>Family</source>
        <translation>Familie</translation>
    </message>
    <message>
        <source>Found from the model itself.</source>
        <translation>Aus dem Modell selbst gelesen.</translation>
    </message>
    <message>
        <source>Prediction</source>
        <translation>Vorhersage</translation>
    </message>
    <message>
        <source>What the model was made to predict. Read from the model.</source>
        <translation>Was das Modell vorhersagen soll. Aus dem Modell gelesen.</translation>
    </message>
    <message>
        <source>Base in memory</source>
        <translation>Basis im Speicher</translation>
    </message>
    <message>
        <source>Text encoder in memory</source>
        <translation>Textteil im Speicher</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>The folder with pictures and captions. It is only read.</source>
        <translation>Der Ordner mit Bildern und Beschreibungen. Er wird nur gelesen.</translation>
    </message>
    <message>
        <source>Held-back pictures</source>
        <translation>Zurückgehaltene Bilder</translation>
    </message>
    <message>
        <source>Pictures that are never trained on. The check loss is measured on them; without them, on the training pictures.</source>
        <translation>Bilder, die nie trainiert werden. An ihnen wird der Prüfverlust gemessen; ohne sie an den Trainingsbildern.</translation>
    </message>
    <message>
        <source>Trigger word</source>
        <translation>Auslösewort</translation>
    </message>
    <message>
        <source>The word that calls up what was taught. It is put into every caption.</source>
        <translation>Das Wort, das Gelerntes abruft. Es kommt in jede Beschreibung.</translation>
    </message>
    <message>
        <source>Place of the trigger word</source>
        <translation>Platz des Auslöseworts</translation>
    </message>
    <message>
        <source>Before or after the words of a caption that does not hold it yet.</source>
        <translation>Vor oder hinter den Wörtern einer Beschreibung, die es noch nicht enthält.</translation>
    </message>
    <message>
        <source>Training size</source>
        <translation>Trainingsgröße</translation>
    </message>
    <message>
        <source>Side of a square picture, in pixels. Other shapes keep the same area.</source>
        <translation>Seite eines quadratischen Bildes in Pixeln. Andere Formen behalten die Fläche.</translation>
    </message>
    <message>
        <source>Size steps</source>
        <translation>Größenschritte</translation>
    </message>
    <message>
        <source>Keep shapes</source>
        <translation>Formen behalten</translation>
    </message>
    <message>
        <source>Trains each picture near its own shape. Off, everything is cropped to a square.</source>
        <translation>Trainiert jedes Bild nahe seiner eigenen Form. Aus schneidet alles auf ein Quadrat zu.</translation>
    </message>
    <message>
        <source>Mirror images</source>
        <translation>Bilder spiegeln</translation>
    </message>
    <message>
        <source>Shows half of the looks mirrored. Good for most styles, bad for faces and text.</source>
        <translation>Zeigt die Hälfte der Ansichten gespiegelt. Gut für die meisten Stile, schlecht für Gesichter und Schrift.</translation>
    </message>
    <message>
        <source>Drop captions</source>
        <translation>Beschreibungen auslassen</translation>
    </message>
    <message>
        <source>Share of looks without a caption, so that the picture itself is learned too.</source>
        <translation>Anteil der Ansichten ohne Beschreibung, damit auch das Bild selbst gelernt wird.</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>Rang</translation>
    </message>
    <message>
        <source>Capacity of the adapter. Higher learns finer detail and makes a larger file.</source>
        <translation>Aufnahmevermögen des Adapters. Höher lernt Feineres und macht die Datei größer.</translation>
    </message>
    <message>
        <source>Alpha</source>
        <translation>Alpha</translation>
    </message>
    <message>
        <source>Adapter dropout</source>
        <translation>Adapter-Dropout</translation>
    </message>
    <message>
        <source>Rank-stabilised</source>
        <translation>Rang-stabilisiert</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Train the text encoder</source>
        <translation>Textteil mit trainieren</translation>
    </message>
    <message>
        <source>Lets the trigger word itself be learned. Slower; meant for SD 1.x characters.</source>
        <translation>Lässt das Auslösewort selbst lernen. Langsamer; für Figuren mit SD 1.x gedacht.</translation>
    </message>
    <message>
        <source>Optimiser</source>
        <translation>Optimierer</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>Lernrate</translation>
    </message>
    <message>
        <source>How far each step goes. Too high burns the picture.</source>
        <translation>Wie weit jeder Schritt geht. Zu hoch verdirbt das Bild.</translation>
    </message>
    <message>
        <source>Text encoder rate</source>
        <translation>Rate des Textteils</translation>
    </message>
    <message>
        <source>Learning rate of the text encoder&apos;s layers.</source>
        <translation>Lernrate der Schichten im Textteil.</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>Gewichtsabnahme</translation>
    </message>
    <message>
        <source>Momentum</source>
        <translation>Schwung</translation>
    </message>
    <message>
        <source>Second moment</source>
        <translation>Zweites Moment</translation>
    </message>
    <message>
        <source>Looks per picture</source>
        <translation>Ansichten je Bild</translation>
    </message>
    <message>
        <source>How often each picture is seen in the whole run.</source>
        <translation>Wie oft jedes Bild im ganzen Lauf gesehen wird.</translation>
    </message>
    <message>
        <source>At least</source>
        <translation>Mindestens</translation>
    </message>
    <message>
        <source>Steps a run takes even with few pictures.</source>
        <translation>Schritte, die ein Lauf auch mit wenigen Bildern macht.</translation>
    </message>
    <message>
        <source>At most</source>
        <translation>Höchstens</translation>
    </message>
    <message>
        <source>Steps a run never exceeds, however many pictures there are.</source>
        <translation>Schritte, die ein Lauf nie überschreitet, wie viele Bilder es auch sind.</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>Epochen</translation>
    </message>
    <message>
        <source>Into how many portions the run is cut. Samples and a kept adapter follow each.</source>
        <translation>In wie viele Abschnitte der Lauf geteilt ist. Nach jedem folgen Probebilder und ein aufgehobener Adapter.</translation>
    </message>
    <message>
        <source>Batch size</source>
        <translation>Stapelgröße</translation>
    </message>
    <message>
        <source>Pictures seen in one pass.</source>
        <translation>Bilder, die auf einmal gesehen werden.</translation>
    </message>
    <message>
        <source>Gradient accumulation</source>
        <translation>Durchgänge je Schritt</translation>
    </message>
    <message>
        <source>Passes added up before one step; a larger batch in the same memory.</source>
        <translation>Durchgänge, die vor einem Schritt zusammenkommen; ein größerer Stapel im selben Speicher.</translation>
    </message>
    <message>
        <source>Rate over time</source>
        <translation>Rate im Verlauf</translation>
    </message>
    <message>
        <source>How the learning rate falls towards the end.</source>
        <translation>Wie die Lernrate zum Ende hin fällt.</translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>Anlauf</translation>
    </message>
    <message>
        <source>Share of the run in which the rate rises from zero.</source>
        <translation>Anteil des Laufs, in dem die Rate von null steigt.</translation>
    </message>
    <message>
        <source>Min-SNR</source>
        <translation>Min-SNR</translation>
    </message>
    <message>
        <source>Noise offset</source>
        <translation>Rauschversatz</translation>
    </message>
    <message>
        <source>Shifts the noise&apos;s brightness, for very dark or bright pictures.</source>
        <translation>Verschiebt die Helligkeit des Rauschens, für sehr dunkle oder helle Bilder.</translation>
    </message>
    <message>
        <source>Leak guard</source>
        <translation>Abfärbeschutz</translation>
    </message>
    <message>
        <source>Gradient limit</source>
        <translation>Gradientengrenze</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Recompute to save memory</source>
        <translation>Neu rechnen, um Speicher zu sparen</translation>
    </message>
    <message>
        <source>Computes parts of the model twice, for about half the memory.</source>
        <translation>Rechnet Teile des Modells zweimal und braucht etwa halb so viel Speicher.</translation>
    </message>
    <message>
        <source>CPU threads</source>
        <translation>CPU-Threads</translation>
    </message>
    <message>
        <source>Draw samples</source>
        <translation>Probebilder zeichnen</translation>
    </message>
    <message>
        <source>Before training and after each epoch.</source>
        <translation>Vor dem Training und nach jeder Epoche.</translation>
    </message>
    <message>
        <source>Sample prompts</source>
        <translation>Probeprompts</translation>
    </message>
    <message>
        <source>Four are proposed when none are given; the last one leaves the trigger word out.</source>
        <translation>Ohne Angabe werden vier vorgeschlagen; der letzte lässt das Auslösewort weg.</translation>
    </message>
    <message>
        <source>Negative prompt</source>
        <translation>Negativer Prompt</translation>
    </message>
    <message>
        <source>What the samples should avoid.</source>
        <translation>Was die Probebilder meiden sollen.</translation>
    </message>
    <message>
        <source>Sample seed</source>
        <translation>Startwert der Probebilder</translation>
    </message>
    <message>
        <source>Sample steps</source>
        <translation>Schritte je Probebild</translation>
    </message>
    <message>
        <source>Guidance</source>
        <translation>Prompttreue</translation>
    </message>
    <message>
        <source>How strictly a sample follows its prompt.</source>
        <translation>Wie streng ein Probebild seinem Prompt folgt.</translation>
    </message>
    <message>
        <source>Save every</source>
        <translation>Sichern alle</translation>
    </message>
    <message>
        <source>Steps between two save points; a crash loses about so many at most.</source>
        <translation>Schritte zwischen zwei Sicherungen; ein Absturz kostet höchstens etwa so viele.</translation>
    </message>
    <message>
        <source>or every (seconds)</source>
        <translation>oder alle (Sekunden)</translation>
    </message>
    <message>
        <source>Seconds between two save points, whichever comes first.</source>
        <translation>Sekunden zwischen zwei Sicherungen, je nachdem, was zuerst kommt.</translation>
    </message>
    <message>
        <source>Save points kept</source>
        <translation>Behaltene Sicherungen</translation>
    </message>
    <message>
        <source>Older ones are removed.</source>
        <translation>Ältere werden entfernt.</translation>
    </message>
    <message>
        <source>Precision of the file</source>
        <translation>Genauigkeit der Datei</translation>
    </message>
    <message>
        <source>Author</source>
        <translation>Urheber</translation>
    </message>
    <message>
        <source>Written into the adapter file when given.</source>
        <translation>Wird in die Adapterdatei geschrieben, wenn angegeben.</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>Of the format of this file.</source>
        <translation>Des Formats dieser Datei.</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Names the run and the exported file.</source>
        <translation>Benennt den Lauf und die exportierte Datei.</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>What is taught: a style, a character or an object.</source>
        <translation>Was gelernt wird: ein Stil, eine Figur oder ein Objekt.</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source>{unknown} of its {stems} layers are unknown here, first {unknown_2}.</source>
        <translation>{unknown} seiner {stems} Schichten sind hier unbekannt, zuerst {unknown_2}.</translation>
    </message>
    <message>
        <source>{stem} has another size than the base&apos;s layer.</source>
        <translation>{stem} hat eine andere Größe als die Schicht der Basis.</translation>
    </message>
    <message>
        <source>The base model cannot be held in 4 bit on this computer.</source>
        <translation>Auf diesem Rechner lässt sich das Basismodell nicht in 4 Bit halten.</translation>
    </message>
    <message>
        <source>Its weights are not there as .safetensors files.</source>
        <translation>Seine Gewichte liegen nicht als .safetensors-Dateien vor.</translation>
    </message>
    <message>
        <source>It has no model_index.json, so it is not a model in the diffusers layout.</source>
        <translation>Ohne model_index.json ist es kein Modell im Aufbau von diffusers.</translation>
    </message>
    <message>
        <source>Base models in the window writes it as .safetensors, without running anything in it; so does lora-studio convert-ckpt.</source>
        <translation>Unter „Basismodelle“ im Fenster wird sie als .safetensors geschrieben, ohne dass etwas darin läuft; lora-studio convert-ckpt tut dasselbe.</translation>
    </message>
    <message>
        <source>It is a model for {program}.</source>
        <translation>Es ist ein Modell für {program}.</translation>
    </message>
    <message>
        <source>Its picture part takes {channels} channels, as inpainting models do.</source>
        <translation>Sein Bildteil nimmt {channels} Kanäle, wie Modelle zum Ausbessern.</translation>
    </message>
    <message>
        <source>It predicts &apos;{name}&apos;, which no Stable Diffusion model does.</source>
        <translation>Es sagt „{name}“ voraus, was kein Stable-Diffusion-Modell tut.</translation>
    </message>
    <message>
        <source>Check that you may read it and the folder that it lies in.</source>
        <translation>Prüfen, ob Datei und Ordner gelesen werden dürfen.</translation>
    </message>
    <message>
        <source>Debiased and Min-SNR both decide how much a noise level counts. Empty Min-SNR to use Debiased.</source>
        <translation>Debiased und Min-SNR entscheiden beide, wie viel eine Rauschstufe zählt. Min-SNR leeren, um Debiased zu verwenden.</translation>
    </message>
    <message>
        <source>Noise offset and multires noise both shift large areas. Set one of them to 0.</source>
        <translation>Rauschversatz und Multires-Rauschen verschieben beide große Flächen. Eines von beiden auf 0 stellen.</translation>
    </message>
    <message>
        <source>Zero-terminal SNR needs a model that predicts velocity. This one predicts the noise, and where the noise is the whole picture that teaches nothing.</source>
        <translation>Zero-Terminal-SNR braucht ein Modell, das die Geschwindigkeit vorhersagt. Dieses sagt das Rauschen vorher, und wo alles Rauschen ist, lehrt das nichts.</translation>
    </message>
    <message>
        <source>The least noise may not be above the most noise.</source>
        <translation>Das wenigste Rauschen darf nicht über dem meisten liegen.</translation>
    </message>
    <message>
        <source>Clip skip is for SD 1.x. SD 2.x and SDXL always read the last layer but one, so leave it at 1.</source>
        <translation>Clip-Skip ist für SD 1.x. SD 2.x und SDXL lesen immer die vorletzte Schicht, also bei 1 lassen.</translation>
    </message>
    <message>
        <source>The schedule_free optimiser averages by itself. Set the running average to 0 to use it.</source>
        <translation>Der Optimierer schedule_free mittelt von selbst. Das laufende Mittel auf 0 stellen, um ihn zu verwenden.</translation>
    </message>
    <message>
        <source>The paged optimiser moves memory off an NVIDIA card. Without one, take adamw8bit.</source>
        <translation>Der Optimierer paged_adamw8bit lagert Speicher einer NVIDIA-Karte aus. Ohne sie adamw8bit nehmen.</translation>
    </message>
    <message>
        <source>{path} cannot be {shown}: {error}.</source>
        <translation>{path} kann nicht {shown} sein: {error}.</translation>
    </message>
    <message>
        <source>{path} cannot be {shown}; it takes {info}.</source>
        <translation>{path} kann nicht {shown} sein; möglich ist {info}.</translation>
    </message>
    <message>
        <source>{t} holds no settings.</source>
        <translation>{t} enthält keine Einstellungen.</translation>
    </message>
    <message>
        <source>Clip skip</source>
        <translation>Clip-Skip</translation>
    </message>
    <message>
        <source>Shuffle tags</source>
        <translation>Tags mischen</translation>
    </message>
    <message>
        <source>Tags that stay</source>
        <translation>Tags, die bleiben</translation>
    </message>
    <message>
        <source>Caption length</source>
        <translation>Länge der Bildunterschrift</translation>
    </message>
    <message>
        <source>Running average</source>
        <translation>Laufendes Mittel</translation>
    </message>
    <message>
        <source>Further epochs</source>
        <translation>Weitere Epochen</translation>
    </message>
    <message>
        <source>Falls</source>
        <translation>Senkungen</translation>
    </message>
    <message>
        <source>Warm-up steps</source>
        <translation>Aufwärmschritte</translation>
    </message>
    <message>
        <source>Debiased</source>
        <translation>Debiased</translation>
    </message>
    <message>
        <source>Kind of error</source>
        <translation>Art des Fehlers</translation>
    </message>
    <message>
        <source>Huber limit</source>
        <translation>Huber-Grenze</translation>
    </message>
    <message>
        <source>Multires noise</source>
        <translation>Multires-Rauschen</translation>
    </message>
    <message>
        <source>Input perturbation</source>
        <translation>Störung der Eingabe</translation>
    </message>
    <message>
        <source>Zero-terminal SNR</source>
        <translation>Zero-Terminal-SNR</translation>
    </message>
    <message>
        <source>Least noise</source>
        <translation>Wenigstes Rauschen</translation>
    </message>
    <message>
        <source>Most noise</source>
        <translation>Meistes Rauschen</translation>
    </message>
    <message>
        <source>Choice of noise</source>
        <translation>Wahl des Rauschens</translation>
    </message>
    <message>
        <source>Centre of the choice</source>
        <translation>Mitte der Wahl</translation>
    </message>
    <message>
        <source>Width of the choice</source>
        <translation>Breite der Wahl</translation>
    </message>
    <message>
        <source>Memory limit</source>
        <translation>Speichergrenze</translation>
    </message>
    <message>
        <source>Fast steps</source>
        <translation>Schnelle Schritte</translation>
    </message>
    <message>
        <source>Measure the card</source>
        <translation>Karte vermessen</translation>
    </message>
    <message>
        <source>The word practice, or a Stable Diffusion model: a .safetensors file or a folder.</source>
        <translation>Das Wort practice oder ein Modell von Stable Diffusion: eine .safetensors-Datei oder ein Ordner.</translation>
    </message>
    <message>
        <source>Which layer of the text encoder is read, counted from the end. Many anime models want 2.</source>
        <translation>Welche Schicht des Textencoders gelesen wird, vom Ende gezählt. Viele Anime-Modelle wollen 2.</translation>
    </message>
    <message>
        <source>Mixes the parts between the commas at every look, so that their order is not learned.</source>
        <translation>Mischt die Teile zwischen den Kommas bei jedem Blick, damit ihre Reihenfolge nicht gelernt wird.</translation>
    </message>
    <message>
        <source>So many parts at the start keep their places; the trigger word always keeps its own.</source>
        <translation>So viele Teile am Anfang bleiben an ihrem Platz; das Auslösewort bleibt es immer.</translation>
    </message>
    <message>
        <source>What is read of a caption, in tokens, of which a word takes one or two. Beyond 75 it is read in pieces.</source>
        <translation>Was von einer Bildunterschrift gelesen wird, in Tokens; ein Wort braucht ein oder zwei. Über 75 wird sie in Stücken gelesen.</translation>
    </message>
    <message>
        <source>Samples and saved adapters are an average over the last steps: 0.99 covers about a hundred of them. 0 switches it off.</source>
        <translation>Probebilder und gespeicherte Adapter sind ein Mittel über die letzten Schritte: 0,99 umfasst etwa hundert. 0 schaltet es ab.</translation>
    </message>
    <message>
        <source>A LoRA file whose weights the new adapter begins with; the run keeps a copy of it. Empty begins with a fresh one.</source>
        <translation>Eine LoRA-Datei, mit deren Gewichten der neue Adapter beginnt; der Lauf behält eine Kopie davon. Leer beginnt mit einem neuen.</translation>
    </message>
    <message>
        <source>Whole epochs added after the run had come to its end.</source>
        <translation>Ganze Epochen, die nach dem Ende des Laufs dazukamen.</translation>
    </message>
    <message>
        <source>How often the rate falls in a run with restarts; in between it jumps back up.</source>
        <translation>Wie oft die Lernrate in einem Training mit Neustarts sinkt; dazwischen springt sie wieder hoch.</translation>
    </message>
    <message>
        <source>Steps in which the rate rises from zero. Empty takes the share above.</source>
        <translation>Schritte, in denen die Lernrate von null steigt. Leer gilt der Anteil darüber.</translation>
    </message>
    <message>
        <source>Weighs the noise levels so that the noisiest ones, which decide the layout, count more.</source>
        <translation>Wiegt die Rauschstufen so, dass die stärksten, die den Aufbau bestimmen, mehr zählen.</translation>
    </message>
    <message>
        <source>The lowest noise level that is trained. Low levels hold fine detail.</source>
        <translation>Die niedrigste Rauschstufe, die trainiert wird. In niedrigen liegen feine Einzelheiten.</translation>
    </message>
    <message>
        <source>The highest noise level that is trained. High levels hold the layout.</source>
        <translation>Die höchste Rauschstufe, die trainiert wird. In hohen liegt der Aufbau.</translation>
    </message>
    <message>
        <source>How much the pictures of the kind count beside your own.</source>
        <translation>Wie viel die Bilder der Art neben den eigenen zählen.</translation>
    </message>
    <message>
        <source>How much the parts count that a picture&apos;s mask leaves out. 0 ignores them, which lets them become anything.</source>
        <translation>Wie viel die Teile zählen, die die Maske eines Bildes auslässt. 0 beachtet sie nicht, dann kann dort alles Mögliche entstehen.</translation>
    </message>
    <message>
        <source>The most of the graphics card&apos;s memory that training may take, in GB, so that other programs keep theirs. 0 sets no limit.</source>
        <translation>So viel Speicher der Grafikkarte darf das Training höchstens nehmen, in GB, damit andere Programme ihren behalten. 0 setzt keine Grenze.</translation>
    </message>
    <message>
        <source>auto lets an NVIDIA card repeat a recorded step, several times faster with small batches. Choose off when training misbehaves or memory is short; the result is the same but for rounding.</source>
        <translation>auto lässt eine NVIDIA-Karte einen aufgezeichneten Schritt wiederholen; bei kleinen Stapeln geht das mehrfach schneller. Ausschalten, wenn das Training sich seltsam verhält oder Speicher fehlt; bis auf Rundung ist das Ergebnis gleich.</translation>
    </message>
    <message>
        <source>auto times for up to ten seconds, once for each kind of training on an NVIDIA card, how it computes fastest. off keeps the usual choices. The result is the same but for rounding.</source>
        <translation>auto misst bis zu zehn Sekunden lang, einmal für jede Art von Training auf einer NVIDIA-Karte, wie sie am schnellsten rechnet. Ausgeschaltet bleibt es beim Üblichen. Bis auf Rundung ist das Ergebnis gleich.</translation>
    </message>
    <message>
        <source>The same seed, pictures and settings give the same run.</source>
        <translation>Gleicher Startwert, gleiche Bilder und Einstellungen ergeben denselben Lauf.</translation>
    </message>
    <message>
        <source>This caption is too long to keep.</source>
        <translation>Diese Beschreibung ist zu lang.</translation>
    </message>
    <message>
        <source>Up to 64 KB are kept. It was not saved.</source>
        <translation>Bis zu 64 KB werden aufgehoben. Sie wurde nicht gesichert.</translation>
    </message>
    <message>
        <source>Shorten it.</source>
        <translation>Die Beschreibung kürzen.</translation>
    </message>
    <message>
        <source>{path} was changed outside the app.</source>
        <translation>{path} wurde außerhalb der App geändert.</translation>
    </message>
    <message>
        <source>It was left as it is now.</source>
        <translation>Die Datei blieb, wie sie jetzt ist.</translation>
    </message>
    <message>
        <source>Read it again, then change it.</source>
        <translation>Neu lesen, dann ändern.</translation>
    </message>
    <message>
        <source>This step cannot be undone.</source>
        <translation>Dieser Schritt lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>Its record is damaged. No caption was touched.</source>
        <translation>Seine Aufzeichnung ist beschädigt. Keine Beschreibung wurde angerührt.</translation>
    </message>
    <message>
        <source>Older steps can still be undone.</source>
        <translation>Ältere Schritte lassen sich noch rückgängig machen.</translation>
    </message>
    <message>
        <source>The captions kept in the project cannot be read.</source>
        <translation>Die im Projekt aufgehobenen Beschreibungen sind nicht lesbar.</translation>
    </message>
    <message>
        <source>{json} was not changed.</source>
        <translation>{json} wurde nicht verändert.</translation>
    </message>
    <message>
        <source>Put back an older copy of the file.</source>
        <translation>Eine ältere Kopie der Datei zurücklegen.</translation>
    </message>
    <message>
        <source>{path} cannot be opened.</source>
        <translation>{path} lässt sich nicht öffnen.</translation>
    </message>
    <message>
        <source>{reason} The file was not changed.</source>
        <translation>{reason} Die Datei wurde nicht verändert.</translation>
    </message>
    <message>
        <source>Leave it out, or save it again from the program that made it.</source>
        <translation>Weglassen oder mit dem Programm, aus dem sie stammt, neu speichern.</translation>
    </message>
    <message>
        <source>{path} is larger than the app opens safely ({size}).</source>
        <translation>{path} ist größer, als die App sicher öffnet ({size}).</translation>
    </message>
    <message>
        <source>Pictures may have up to 179 megapixels, 512 MB and 65,500 pixels a side. The file was not changed.</source>
        <translation>Bilder dürfen bis zu 179 Megapixel, 512 MB und 65.500 Pixel je Seite haben. Die Datei wurde nicht verändert.</translation>
    </message>
    <message>
        <source>Make a smaller copy, or leave it out.</source>
        <translation>Eine kleinere Kopie machen oder weglassen.</translation>
    </message>
    <message>
        <source>It is not a file.</source>
        <translation>Es ist keine Datei.</translation>
    </message>
    <message>
        <source>It holds no pixels.</source>
        <translation>Es enthält keine Pixel.</translation>
    </message>
    <message>
        <source>It is not there any more.</source>
        <translation>Es ist nicht mehr da.</translation>
    </message>
    <message>
        <source>This account may not read it.</source>
        <translation>Dieses Konto darf es vielleicht nicht lesen.</translation>
    </message>
    <message>
        <source>It is damaged or is not a picture.</source>
        <translation>Es ist beschädigt oder kein Bild.</translation>
    </message>
    <message>
        <source>It is damaged or was cut short.</source>
        <translation>Es ist beschädigt oder abgeschnitten.</translation>
    </message>
    <message>
        <source>Choose the folder that holds the pictures; folders inside it are searched too.</source>
        <translation>Den Ordner mit den Bildern wählen; Ordner darin werden mit durchsucht.</translation>
    </message>
    <message>
        <source>The training size is {resolution_px} pixels.</source>
        <translation>Die Trainingsgröße ist {resolution_px} Pixel.</translation>
    </message>
    <message>
        <source>The folder {name} is not there.</source>
        <translation>Der Ordner {name} ist nicht da.</translation>
    </message>
    <message>
        <source>The drive may be unplugged, or the folder was moved or is spelled differently.</source>
        <translation>Vielleicht ist das Laufwerk nicht angeschlossen, der Ordner verschoben oder anders geschrieben.</translation>
    </message>
    <message>
        <source>Choose another folder, or connect the drive and try again.</source>
        <translation>Einen anderen Ordner wählen oder das Laufwerk anschließen und erneut versuchen.</translation>
    </message>
    <message>
        <source>It is empty. The app reads {value}.</source>
        <translation>Er ist leer. Die App liest {value}.</translation>
    </message>
    <message>
        <source>It has {files} of a kind the app reads ({value}).</source>
        <translation>Er enthält {files}, die die App aber nicht liest ({value}).</translation>
    </message>
    <message>
        <source>Save {unsupported} and the like as PNG or JPEG, or choose another folder.</source>
        <translation>{unsupported} und Ähnliches als PNG oder JPEG speichern oder einen anderen Ordner wählen.</translation>
    </message>
    <message>
        <source>No pictures in this folder.</source>
        <translation>Keine Bilder in diesem Ordner.</translation>
    </message>
    <message>
        <source>No picture in this folder can be opened.</source>
        <translation>Kein Bild in diesem Ordner lässt sich öffnen.</translation>
    </message>
    <message>
        <source>{names}{rest}: damaged, cut short, too large, or not pictures. The files were not changed.</source>
        <translation>{names}{rest}: beschädigt, abgeschnitten, zu groß oder keine Bilder. Die Dateien wurden nicht verändert.</translation>
    </message>
    <message>
        <source>Save them again from the program that made them, or choose another folder.</source>
        <translation>Mit dem Programm, aus dem sie stammen, neu speichern oder einen anderen Ordner wählen.</translation>
    </message>
    <message>
        <source>The folder {folder} could not be looked into.</source>
        <translation>In den Ordner {folder} ließ sich nicht hineinsehen.</translation>
    </message>
    <message>
        <source>This account may not read it. Nothing was changed.</source>
        <translation>Dieses Konto darf ihn vielleicht nicht lesen. Nichts wurde verändert.</translation>
    </message>
    <message>
        <source>Choose another folder, or change who may read this one.</source>
        <translation>Einen anderen Ordner wählen oder die Leserechte ändern.</translation>
    </message>
    <message>
        <source>{name} is a file, not a folder.</source>
        <translation>{name} ist eine Datei, kein Ordner.</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>Nichts wurde verändert.</translation>
    </message>
    <message>
        <source>Choose the folder that holds the pictures.</source>
        <translation>Den Ordner mit den Bildern wählen.</translation>
    </message>
    <message>
        <source>{folder} holds more than {value} files.</source>
        <translation>{folder} enthält mehr als {value} Dateien.</translation>
    </message>
    <message>
        <source>The app stopped looking, and nothing was changed.</source>
        <translation>Die App hat aufgehört zu suchen, und nichts wurde verändert.</translation>
    </message>
    <message>
        <source>Choose the folder that holds just the training pictures.</source>
        <translation>Den Ordner wählen, in dem nur die Trainingsbilder liegen.</translation>
    </message>
    <message>
        <source>1 picture cannot be opened.</source>
        <translation>1 Bild lässt sich nicht öffnen.</translation>
    </message>
    <message>
        <source>{count} pictures cannot be opened.</source>
        <translation>{count} Bilder lassen sich nicht öffnen.</translation>
    </message>
    <message>
        <source>They look damaged, cut short, or are not pictures. They are left out; the others are fine.</source>
        <translation>Sie wirken beschädigt, abgeschnitten oder sind keine Bilder. Sie werden weggelassen; die anderen sind in Ordnung.</translation>
    </message>
    <message>
        <source>1 picture is larger than the app opens safely.</source>
        <translation>1 Bild ist größer, als die App sicher öffnet.</translation>
    </message>
    <message>
        <source>{count} pictures are larger than the app opens safely.</source>
        <translation>{count} Bilder sind größer, als die App sicher öffnet.</translation>
    </message>
    <message>
        <source>Up to 179 megapixels, 512 MB and 65,500 pixels a side can be read. Make smaller copies to use them.</source>
        <translation>Bis zu 179 Megapixel, 512 MB und 65.500 Pixel je Seite sind lesbar. Kleinere Kopien sind verwendbar.</translation>
    </message>
    <message>
        <source>1 picture is of a kind the app does not read.</source>
        <translation>1 Bild ist von einer Art, die die App nicht liest.</translation>
    </message>
    <message>
        <source>{count} pictures are of a kind the app does not read.</source>
        <translation>{count} Bilder sind von einer Art, die die App nicht liest.</translation>
    </message>
    <message>
        <source>They are left out. Save them as PNG or JPEG to use them.</source>
        <translation>Sie werden weggelassen. Als PNG oder JPEG gespeichert sind sie verwendbar.</translation>
    </message>
    <message>
        <source>1 folder could not be looked into.</source>
        <translation>In 1 Ordner ließ sich nicht hineinsehen.</translation>
    </message>
    <message>
        <source>{count} folders could not be looked into.</source>
        <translation>In {count} Ordner ließ sich nicht hineinsehen.</translation>
    </message>
    <message>
        <source>This account may not read them, or they vanished during the scan. Pictures inside are left out.</source>
        <translation>Dieses Konto darf sie vielleicht nicht lesen, oder sie verschwanden während der Suche. Bilder darin werden weggelassen.</translation>
    </message>
    <message>
        <source>1 folder lies too deep and was not looked into.</source>
        <translation>1 Ordner liegt zu tief und wurde nicht durchsucht.</translation>
    </message>
    <message>
        <source>{count} folders lie too deep and were not looked into.</source>
        <translation>{count} Ordner liegen zu tief und wurden nicht durchsucht.</translation>
    </message>
    <message>
        <source>The app looks 32 folders deep. Pictures further down are left out.</source>
        <translation>Die App sucht 32 Ordner tief. Bilder weiter unten werden weggelassen.</translation>
    </message>
    <message>
        <source>1 link to another folder was not followed.</source>
        <translation>1 Verknüpfung zu einem anderen Ordner wurde nicht verfolgt.</translation>
    </message>
    <message>
        <source>{count} links to other folders were not followed.</source>
        <translation>{count} Verknüpfungen zu anderen Ordnern wurden nicht verfolgt.</translation>
    </message>
    <message>
        <source>Pictures behind links are left out. Copy them in, or choose the folder they lead to.</source>
        <translation>Bilder hinter Verknüpfungen werden weggelassen. Hineinkopieren oder den Zielordner wählen.</translation>
    </message>
    <message>
        <source>1 folder name asks for its pictures to be used more than once an epoch.</source>
        <translation>1 Ordnername verlangt, seine Bilder mehrmals je Epoche zu verwenden.</translation>
    </message>
    <message>
        <source>{count} folder names ask for their pictures to be used more than once an epoch.</source>
        <translation>{count} Ordnernamen verlangen, ihre Bilder mehrmals je Epoche zu verwenden.</translation>
    </message>
    <message>
        <source>A number and an underscore in front of a folder name is read as a count.</source>
        <translation>Eine Zahl mit Unterstrich vor einem Ordnernamen wird als Anzahl gelesen.</translation>
    </message>
    <message>
        <source>1 folder name starts with a number that is no sensible count.</source>
        <translation>1 Ordnername beginnt mit einer Zahl, die keine sinnvolle Anzahl ist.</translation>
    </message>
    <message>
        <source>{count} folder names start with numbers that are no sensible count.</source>
        <translation>{count} Ordnernamen beginnen mit Zahlen, die keine sinnvolle Anzahl sind.</translation>
    </message>
    <message>
        <source>Their pictures are used once an epoch. Counts from 1 to 999 are understood.</source>
        <translation>Ihre Bilder werden einmal je Epoche verwendet. Verstanden werden Anzahlen von 1 bis 999.</translation>
    </message>
    <message>
        <source>1 picture has no caption.</source>
        <translation>1 Bild hat keine Beschreibung.</translation>
    </message>
    <message>
        <source>{count} pictures have no caption.</source>
        <translation>{count} Bilder haben keine Beschreibung.</translation>
    </message>
    <message>
        <source>Training works, but the adapter is easier to steer when every picture is described.</source>
        <translation>Das Training geht, aber der Adapter ist leichter zu steuern, wenn jedes Bild beschrieben ist.</translation>
    </message>
    <message>
        <source>1 caption is not stored as Unicode text.</source>
        <translation>1 Beschreibung ist nicht als Unicode-Text gespeichert.</translation>
    </message>
    <message>
        <source>{count} captions are not stored as Unicode text.</source>
        <translation>{count} Beschreibungen sind nicht als Unicode-Text gespeichert.</translation>
    </message>
    <message>
        <source>The letters were guessed as Western European. Check them, or save the files as UTF-8.</source>
        <translation>Die Buchstaben wurden als westeuropäisch vermutet. Prüfen oder die Dateien als UTF-8 speichern.</translation>
    </message>
    <message>
        <source>1 caption file cannot be used.</source>
        <translation>1 Beschreibungsdatei ist nicht verwendbar.</translation>
    </message>
    <message>
        <source>{count} caption files cannot be used.</source>
        <translation>{count} Beschreibungsdateien sind nicht verwendbar.</translation>
    </message>
    <message>
        <source>They could not be read, or hold more than 64 KB.</source>
        <translation>Sie ließen sich nicht lesen oder haben mehr als 64 KB.</translation>
    </message>
    <message>
        <source>1 caption has several lines.</source>
        <translation>1 Beschreibung hat mehrere Zeilen.</translation>
    </message>
    <message>
        <source>{count} captions have several lines.</source>
        <translation>{count} Beschreibungen haben mehrere Zeilen.</translation>
    </message>
    <message>
        <source>All lines are joined into one caption. Other programs read only the first, or one at random.</source>
        <translation>Alle Zeilen werden zu einer Beschreibung verbunden. Andere Programme lesen nur die erste oder eine zufällige.</translation>
    </message>
    <message>
        <source>1 text file belongs to no picture.</source>
        <translation>1 Textdatei gehört zu keinem Bild.</translation>
    </message>
    <message>
        <source>{count} text files belong to no picture.</source>
        <translation>{count} Textdateien gehören zu keinem Bild.</translation>
    </message>
    <message>
        <source>A caption file carries the name of its picture. These are not used.</source>
        <translation>Eine Beschreibungsdatei heißt wie ihr Bild. Diese werden nicht verwendet.</translation>
    </message>
    <message>
        <source>1 caption list has entries that cannot be used.</source>
        <translation>1 Beschreibungsliste hat Einträge, die nicht verwendbar sind.</translation>
    </message>
    <message>
        <source>{count} caption lists have entries that cannot be used.</source>
        <translation>{count} Beschreibungslisten haben Einträge, die nicht verwendbar sind.</translation>
    </message>
    <message>
        <source>An entry needs a file name inside its own folder that leads to a picture.</source>
        <translation>Ein Eintrag braucht einen Dateinamen im eigenen Ordner, der zu einem Bild führt.</translation>
    </message>
    <message>
        <source>1 picture shares its name with another.</source>
        <translation>1 Bild teilt seinen Namen mit einem anderen.</translation>
    </message>
    <message>
        <source>{count} pictures share a name with another.</source>
        <translation>{count} Bilder teilen ihren Namen mit einem anderen.</translation>
    </message>
    <message>
        <source>They differ only in the ending or in capital letters, so they may share one caption file.</source>
        <translation>Sie unterscheiden sich nur in Endung oder Großschreibung und teilen sich vielleicht eine Beschreibungsdatei.</translation>
    </message>
    <message>
        <source>1 picture is there twice.</source>
        <translation>1 Bild ist doppelt vorhanden.</translation>
    </message>
    <message>
        <source>{count} pictures look like copies of each other.</source>
        <translation>{count} Bilder sehen aus wie Kopien voneinander.</translation>
    </message>
    <message>
        <source>Copies count more than other pictures. Keep one of each, or keep all on purpose.</source>
        <translation>Kopien zählen mehr als andere Bilder. Je eines behalten oder mit Absicht alle.</translation>
    </message>
    <message>
        <source>1 picture may be blurry.</source>
        <translation>1 Bild ist vielleicht unscharf.</translation>
    </message>
    <message>
        <source>{count} pictures may be blurry.</source>
        <translation>{count} Bilder sind vielleicht unscharf.</translation>
    </message>
    <message>
        <source>They are far softer than the rest of this folder. Soft styles often look like this to the check.</source>
        <translation>Sie sind viel weicher als die übrigen in diesem Ordner. Weiche Stile wirken auf die Prüfung oft so.</translation>
    </message>
    <message>
        <source>1 picture has transparent parts.</source>
        <translation>1 Bild hat durchsichtige Teile.</translation>
    </message>
    <message>
        <source>{count} pictures have transparent parts.</source>
        <translation>{count} Bilder haben durchsichtige Teile.</translation>
    </message>
    <message>
        <source>They are laid over white.</source>
        <translation>Sie werden auf Weiß gelegt.</translation>
    </message>
    <message>
        <source>1 mask cannot be opened.</source>
        <translation>1 Maske lässt sich nicht öffnen.</translation>
    </message>
    <message>
        <source>{count} masks cannot be opened.</source>
        <translation>{count} Masken lassen sich nicht öffnen.</translation>
    </message>
    <message>
        <source>They look damaged, cut short, or are not pictures. The whole pictures count.</source>
        <translation>Sie wirken beschädigt, abgeschnitten oder sind keine Bilder. Die ganzen Bilder zählen.</translation>
    </message>
    <message>
        <source>1 mask does not match its picture.</source>
        <translation>1 Maske passt nicht zu ihrem Bild.</translation>
    </message>
    <message>
        <source>{count} masks do not match their pictures.</source>
        <translation>{count} Masken passen nicht zu ihren Bildern.</translation>
    </message>
    <message>
        <source>The pictures were resized or cropped after painting. These masks are not used: the whole pictures count.</source>
        <translation>Die Bilder wurden nach dem Malen verkleinert, vergrößert oder beschnitten. Diese Masken werden nicht verwendet: Die ganzen Bilder zählen.</translation>
    </message>
    <message>
        <source>1 picture has a mask.</source>
        <translation>1 Bild hat eine Maske.</translation>
    </message>
    <message>
        <source>{count} pictures have masks.</source>
        <translation>{count} Bilder haben Masken.</translation>
    </message>
    <message>
        <source>What is white in the mask is learned, the rest counts less.</source>
        <translation>Was in der Maske weiß ist, wird gelernt, der Rest zählt weniger.</translation>
    </message>
    <message>
        <source>1 picture is small for this training size.</source>
        <translation>1 Bild ist klein für diese Trainingsgröße.</translation>
    </message>
    <message>
        <source>{count} pictures are small for this training size.</source>
        <translation>{count} Bilder sind klein für diese Trainingsgröße.</translation>
    </message>
    <message>
        <source>They would be enlarged more than 1.25 times, up to {worst}. Train smaller, or leave them out.</source>
        <translation>Sie würden mehr als 1,25-fach vergrößert, bis zu {worst}. Kleiner trainieren oder weglassen.</translation>
    </message>
    <message>
        <source>1 picture is very long or loses a lot to cropping.</source>
        <translation>1 Bild ist sehr lang oder verliert beim Zuschneiden viel.</translation>
    </message>
    <message>
        <source>{count} pictures are very long or lose a lot to cropping.</source>
        <translation>{count} Bilder sind sehr lang oder verlieren beim Zuschneiden viel.</translation>
    </message>
    <message>
        <source>They are longer than 2.5 to 1 or lose over a fifth, up to {worst}. Crop them, or leave them out.</source>
        <translation>Sie sind länger als 2,5 zu 1 oder verlieren über ein Fünftel, bis zu {worst}. Zuschneiden oder weglassen.</translation>
    </message>
    <message>
        <source>1 picture is the only one of its shape.</source>
        <translation>1 Bild ist das einzige seiner Form.</translation>
    </message>
    <message>
        <source>{count} pictures are each the only one of their shape.</source>
        <translation>{count} Bilder sind jeweils das einzige ihrer Form.</translation>
    </message>
    <message>
        <source>Each trains in a step of its own. Cropping it to a common shape makes steps more even.</source>
        <translation>Jedes trainiert in einem eigenen Schritt. Auf eine gängige Form zugeschnitten werden die Schritte gleichmäßiger.</translation>
    </message>
    <message>
        <source>This installation of LoRA Studio is incomplete.</source>
        <translation>Diese Installation von LoRA Studio ist unvollständig.</translation>
    </message>
    <message>
        <source>{name} was expected in {parent}. Your own projects are not affected.</source>
        <translation>{name} wurde in {parent} erwartet. Eigene Projekte sind nicht betroffen.</translation>
    </message>
    <message>
        <source>Install LoRA Studio again.</source>
        <translation>LoRA Studio neu installieren.</translation>
    </message>
    <message>
        <source>{description_path} names the kind {kind}.</source>
        <translation>{description_path} nennt die Art {kind}.</translation>
    </message>
    <message>
        <source>Write style or character.</source>
        <translation>style oder character schreiben.</translation>
    </message>
    <message>
        <source>{description_path} does not describe a sample project.</source>
        <translation>{description_path} beschreibt kein Beispielprojekt.</translation>
    </message>
    <message>
        <source>Set “Base in memory” to int8, which needs nothing more, or install bitsandbytes again.</source>
        <translation>„Basis im Speicher“ auf int8 stellen, das nichts weiter braucht, oder bitsandbytes neu installieren.</translation>
    </message>
    <message>
        <source>Masks say where to look: white counts whole, black less. A mask is a file beside its picture, such as cat-masklabel.png. One of another shape can be stretched, or what is not transparent be taken as the mask.</source>
        <translation>Masken sagen, worauf es ankommt: Weiß zählt ganz, Schwarz weniger. Eine Maske ist eine Datei neben ihrem Bild, etwa katze-masklabel.png. Eine von anderer Form kann gestreckt werden, oder als Maske gilt, was nicht durchsichtig ist.</translation>
    </message>
    <message>
        <source>How strongly the adapter acts: alpha divided by rank. Equal to the rank, it acts in full.</source>
        <translation>Wie stark der Adapter wirkt: Alpha geteilt durch Rang. Gleich dem Rang wirkt er voll.</translation>
    </message>
    <message>
        <source>Which layers learn. Words act in cross-attention, shapes in self-attention; feed-forward and convolutions add capacity and make a larger file. Whole attention blocks are what kohya&apos;s scripts train.</source>
        <translation>Welche Schichten lernen. Wörter wirken in der Cross-Attention, Formen in der Self-Attention; Feed-Forward und Faltungen fassen mehr und machen die Datei größer. Ganze Attention-Blöcke sind, was kohyas Skripte trainieren.</translation>
    </message>
    <message>
        <source>What moves the adapter&apos;s numbers. AdamW 8-bit takes a quarter of AdamW&apos;s memory and learns alike. Lion and Adafactor take still less; Prodigy finds its own rate, and the schedule-free one needs no falling rate.</source>
        <translation>Was die Zahlen des Adapters bewegt. AdamW 8-bit braucht ein Viertel des Speichers von AdamW und lernt gleich. Lion und Adafactor brauchen noch weniger; Prodigy findet seine Rate selbst, und schedule-free braucht keine fallende.</translation>
    </message>
    <message>
        <source>Squared minds large errors most. Huber forgives them, which suits sets with odd pictures.</source>
        <translation>Quadratisch nimmt große Fehler am schwersten. Huber verzeiht sie, was Sammlungen mit Ausreißern hilft.</translation>
    </message>
    <message>
        <source>Which noise levels are learned most: all alike, or those in the middle more.</source>
        <translation>Welche Rauschstufen am meisten gelernt werden: alle gleich, oder die mittleren mehr.</translation>
    </message>
    <message>
        <source>How far around that centre more is learned.</source>
        <translation>Wie weit um diese Mitte mehr gelernt wird.</translation>
    </message>
    <message>
        <source>Compare it with the project.json of a sample project that ships with the app.</source>
        <translation>Mit der project.json eines mitgelieferten Beispielprojekts vergleichen.</translation>
    </message>
    <message>
        <source>The folder {folder} is missing.</source>
        <translation>Der Ordner {folder} fehlt.</translation>
    </message>
    <message>
        <source>A project needs pictures to learn from and others, never trained on, to be judged by.</source>
        <translation>Ein Projekt braucht Bilder zum Lernen und andere, nie trainierte, zum Beurteilen.</translation>
    </message>
    <message>
        <source>Put pictures with captions into it.</source>
        <translation>Bilder mit Beschreibungen hineinlegen.</translation>
    </message>
    <message>
        <source>Its text encoder reads {expected} tokens, the vocabulary has {words}.</source>
        <translation>Sein Textteil liest {expected} Tokens, der Wortschatz hat {words}.</translation>
    </message>
    <message>
        <source>The base model {source} cannot be loaded.</source>
        <translation>Das Basismodell {source} lässt sich nicht laden.</translation>
    </message>
    <message>
        <source>It has no {missing}.</source>
        <translation>Es fehlt {missing}.</translation>
    </message>
    <message>
        <source>One picture at a time, added up: the same result, a little slower.</source>
        <translation>Ein Bild auf einmal, zusammengezählt: dasselbe Ergebnis, etwas langsamer.</translation>
    </message>
    <message>
        <source>A smaller optimiser that learns alike.</source>
        <translation>Ein kleinerer Optimierer, der gleich gut lernt.</translation>
    </message>
    <message>
        <source>Computes parts twice: about a third slower.</source>
        <translation>Rechnet Teile zweimal: etwa ein Drittel langsamer.</translation>
    </message>
    <message>
        <source>Base squeezed to 8-bit: hardly any difference.</source>
        <translation>Basis auf 8 Bit gepresst: kaum ein Unterschied.</translation>
    </message>
    <message>
        <source>Base squeezed to 4-bit: slightly softer detail.</source>
        <translation>Basis auf 4 Bit gepresst: etwas weichere Feinheiten.</translation>
    </message>
    <message>
        <source>Trains at {smaller} pixels: less fine detail.</source>
        <translation>Trainiert mit {smaller} Pixeln: weniger Feinheiten.</translation>
    </message>
    <message>
        <source>HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids it on this computer.</source>
        <translation>HF_HUB_OFFLINE oder TRANSFORMERS_OFFLINE verbietet es auf diesem Rechner.</translation>
    </message>
    <message>
        <source>The token could not be kept: this computer has no store of passwords (keyring) that can be used.</source>
        <translation>Das Token konnte nicht aufgehoben werden: Dieser Rechner hat keinen brauchbaren Passwortspeicher (Schlüsselbund).</translation>
    </message>
    <message>
        <source>The list of waiting jobs cannot be read.</source>
        <translation>Die Liste der wartenden Aufträge ist nicht lesbar.</translation>
    </message>
    <message>
        <source>{path} was not changed. Every run is safe.</source>
        <translation>{path} wurde nicht verändert. Alle Läufe sind unversehrt.</translation>
    </message>
    <message>
        <source>Move the file away; runs can be added again.</source>
        <translation>Die Datei beiseitelegen; Läufe lassen sich neu hinzufügen.</translation>
    </message>
    <message>
        <source>{path} has nothing left to do.</source>
        <translation>{path} hat nichts mehr zu tun.</translation>
    </message>
    <message>
        <source>Its folder is not there. The drive may be unplugged.</source>
        <translation>Sein Ordner ist nicht da. Vielleicht ist das Laufwerk nicht angeschlossen.</translation>
    </message>
    <message>
        <source>It was paused.</source>
        <translation>Es wurde angehalten.</translation>
    </message>
    <message>
        <source>This job is not in the queue any more.</source>
        <translation>Dieser Auftrag ist nicht mehr in der Warteschlange.</translation>
    </message>
    <message>
        <source>This run is finished.</source>
        <translation>Dieser Lauf ist fertig.</translation>
    </message>
    <message>
        <source>Choose another run.</source>
        <translation>Einen anderen Lauf wählen.</translation>
    </message>
    <message>
        <source>The queue is running already.</source>
        <translation>Die Warteschlange läuft schon.</translation>
    </message>
    <message>
        <source>Another window or terminal runs it.</source>
        <translation>Ein anderes Fenster oder Terminal führt sie.</translation>
    </message>
    <message>
        <source>Wait until it ends, or stop it there.</source>
        <translation>Warten, bis sie endet, oder sie dort stoppen.</translation>
    </message>
    <message>
        <source>The queue is being changed by another window.</source>
        <translation>Die Warteschlange wird gerade in einem anderen Fenster geändert.</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>Erneut versuchen.</translation>
    </message>
    <message>
        <source>Training finished.</source>
        <translation>Das Training ist fertig.</translation>
    </message>
    <message>
        <source>The trainer met a problem it does not know.</source>
        <translation>Das Training stieß auf ein unbekanntes Problem.</translation>
    </message>
    <message>
        <source>The trainer was started the wrong way.</source>
        <translation>Das Training wurde falsch gestartet.</translation>
    </message>
    <message>
        <source>Training was paused.</source>
        <translation>Das Training wurde angehalten.</translation>
    </message>
    <message>
        <source>Training was stopped and what was made is kept.</source>
        <translation>Das Training wurde gestoppt, und was entstand, bleibt.</translation>
    </message>
    <message>
        <source>The graphics card ran out of memory.</source>
        <translation>Der Grafikkarte ging der Speicher aus.</translation>
    </message>
    <message>
        <source>The numbers went out of range.</source>
        <translation>Die Zahlen liefen aus dem Rahmen.</translation>
    </message>
    <message>
        <source>The disk is full or cannot be written to.</source>
        <translation>Das Laufwerk ist voll oder nicht beschreibbar.</translation>
    </message>
    <message>
        <source>Something the training needs is missing or wrong.</source>
        <translation>Etwas, das das Training braucht, fehlt oder stimmt nicht.</translation>
    </message>
    <message>
        <source>Another process trains this run.</source>
        <translation>Ein anderer Prozess trainiert diesen Lauf.</translation>
    </message>
    <message>
        <source>Training was interrupted from the keyboard.</source>
        <translation>Das Training wurde über die Tastatur abgebrochen.</translation>
    </message>
    <message>
        <source>The system or a person ended the trainer at once; often the computer ran out of memory.</source>
        <translation>Das System oder jemand hat das Training sofort beendet; oft ging dem Rechner der Speicher aus.</translation>
    </message>
    <message>
        <source>The system or a person asked the trainer to end.</source>
        <translation>Das System oder jemand bat das Training aufzuhören.</translation>
    </message>
    <message>
        <source>The trainer, or a library it uses, crashed.</source>
        <translation>Das Training oder eine Bibliothek darin ist abgestürzt.</translation>
    </message>
    <message>
        <source>A library that the trainer uses gave up.</source>
        <translation>Eine Bibliothek im Training hat aufgegeben.</translation>
    </message>
    <message>
        <source>The trainer could not read memory or disk; the disk may be full.</source>
        <translation>Das Training konnte Speicher oder Laufwerk nicht lesen; vielleicht ist das Laufwerk voll.</translation>
    </message>
    <message>
        <source>A library was built for another kind of processor.</source>
        <translation>Eine Bibliothek ist für eine andere Art Prozessor gebaut.</translation>
    </message>
    <message>
        <source>{path} was not touched.</source>
        <translation>{path} wurde nicht angerührt.</translation>
    </message>
    <message>
        <source>Wait until it ends, or stop it first.</source>
        <translation>Warten, bis es endet, oder es erst stoppen.</translation>
    </message>
    <message>
        <source>The trainer ended unexpectedly with exit code {exit_code}.</source>
        <translation>Das Training endete unerwartet mit Code {exit_code}.</translation>
    </message>
    <message>
        <source>This run is already training.</source>
        <translation>Dieser Lauf trainiert schon.</translation>
    </message>
    <message>
        <source>The trainer is running.</source>
        <translation>Das Training läuft.</translation>
    </message>
    <message>
        <source>The trainer ended.</source>
        <translation>Das Training ist zu Ende.</translation>
    </message>
    <message>
        <source>The trainer was ended by the signal {name}.</source>
        <translation>Das Training wurde durch das Signal {name} beendet.</translation>
    </message>
    <message>
        <source>Set up the training engine again.</source>
        <translation>Das Trainingsprogramm neu einrichten.</translation>
    </message>
    <message>
        <source>The trainer could not be started.</source>
        <translation>Das Training ließ sich nicht starten.</translation>
    </message>
    <message>
        <source>There is no preset called &apos;{name}&apos;.</source>
        <translation>Es gibt keine Vorlage namens „{name}“.</translation>
    </message>
    <message>
        <source>There are {join}.</source>
        <translation>Es gibt {join}.</translation>
    </message>
    <message>
        <source>`lora-studio presets` says what each is for.</source>
        <translation>`lora-studio presets` sagt, wofür jede da ist.</translation>
    </message>
    <message>
        <source>There are no pictures in this project.</source>
        <translation>In diesem Projekt sind keine Bilder.</translation>
    </message>
    <message>
        <source>Drop a folder of pictures on the window.</source>
        <translation>Einen Ordner mit Bildern auf dem Fenster ablegen.</translation>
    </message>
    <message>
        <source>The scan was called off.</source>
        <translation>Die Suche wurde abgebrochen.</translation>
    </message>
    <message>
        <source>This project&apos;s file is damaged.</source>
        <translation>Die Datei dieses Projekts ist beschädigt.</translation>
    </message>
    <message>
        <source>{why} {path} was not changed.</source>
        <translation>{why} {path} wurde nicht verändert.</translation>
    </message>
    <message>
        <source>Put back an older copy of the file. Runs and pictures are not affected.</source>
        <translation>Eine ältere Kopie der Datei zurücklegen. Läufe und Bilder sind nicht betroffen.</translation>
    </message>
    <message>
        <source>Looked for {images_dir}.</source>
        <translation>Gesucht wurde {images_dir}.</translation>
    </message>
    <message>
        <source>Connect its drive, or choose another folder.</source>
        <translation>Das Laufwerk anschließen oder einen anderen Ordner wählen.</translation>
    </message>
    <message>
        <source>This project was made by a newer version{else}.</source>
        <translation>Dieses Projekt stammt von einer neueren Version{else}.</translation>
    </message>
    <message>
        <source>Opening it could drop settings. Nothing was changed.</source>
        <translation>Beim Öffnen könnten Einstellungen verloren gehen. Nichts wurde verändert.</translation>
    </message>
    <message>
        <source>Open a copy, or check for an update.</source>
        <translation>Eine Kopie öffnen oder nach einem Update sehen.</translation>
    </message>
    <message>
        <source>A project needs a name.</source>
        <translation>Ein Projekt braucht einen Namen.</translation>
    </message>
    <message>
        <source>Only letters that can be seen count.</source>
        <translation>Nur sichtbare Zeichen zählen.</translation>
    </message>
    <message>
        <source>Type another name.</source>
        <translation>Einen anderen Namen eintippen.</translation>
    </message>
    <message>
        <source>A project cannot lie among its pictures.</source>
        <translation>Ein Projekt darf nicht zwischen seinen Bildern liegen.</translation>
    </message>
    <message>
        <source>{folder} is inside {images_dir}, and originals are never mixed with results.</source>
        <translation>{folder} liegt in {images_dir}, und Originale werden nie mit Ergebnissen vermischt.</translation>
    </message>
    <message>
        <source>Choose another folder for the project.</source>
        <translation>Einen anderen Ordner für das Projekt wählen.</translation>
    </message>
    <message>
        <source>There is no project in this folder.</source>
        <translation>In diesem Ordner ist kein Projekt.</translation>
    </message>
    <message>
        <source>{folder} has no {value}.</source>
        <translation>{folder} hat keine Datei {value}.</translation>
    </message>
    <message>
        <source>Choose the folder of a project, or drop a folder of pictures to begin one.</source>
        <translation>Den Ordner eines Projekts wählen oder einen Ordner mit Bildern ablegen, um eines zu beginnen.</translation>
    </message>
    <message>
        <source>Looked up among the {known} words and parts of words that this base knows, and in {looked_at}. No picture was drawn.</source>
        <translation>Nachgesehen unter den {known} Wörtern und Wortteilen, die diese Basis kennt, und in {looked_at}. Kein Bild wurde gezeichnet.</translation>
    </message>
    <message>
        <source>Looked up in {looked_at} only: this base has no vocabulary that can be read.</source>
        <translation>Nur in {looked_at} nachgesehen: Diese Basis hat keinen lesbaren Wortschatz.</translation>
    </message>
    <message>
        <source>Without a trigger word the adapter acts on every picture.</source>
        <translation>Ohne Auslösewort wirkt der Adapter auf jedes Bild.</translation>
    </message>
    <message>
        <source>It is more than one word; each may mean something on its own.</source>
        <translation>Es ist mehr als ein Wort; jedes könnte für sich etwas bedeuten.</translation>
    </message>
    <message>
        <source>Short words turn up inside others.</source>
        <translation>Kurze Wörter stecken in anderen.</translation>
    </message>
    <message>
        <source>&quot;{word}&quot; is {how} that this base knows whole.</source>
        <translation>„{word}“ ist {how}, das diese Basis als Ganzes kennt.</translation>
    </message>
    <message>
        <source>&quot;{word}&quot; stands in {share} already, as a word of its own.</source>
        <translation>„{word}“ steht schon in {share}, als eigenes Wort.</translation>
    </message>
    <message>
        <source>&quot;{word}&quot; is part of other words of the captions: {listed}.</source>
        <translation>„{word}“ ist Teil anderer Wörter in den Beschreibungen: {listed}.</translation>
    </message>
    <message>
        <source>The checkpoint {name} is damaged: {problem}. It was set aside as {name_2}.</source>
        <translation>Die Sicherung {name} ist beschädigt: {problem}. Sie wurde als {name_2} beiseitegelegt.</translation>
    </message>
    <message>
        <source>It belongs to the app.</source>
        <translation>Sie gehört zur App.</translation>
    </message>
    <message>
        <source>Choose the preset instead (--preset).</source>
        <translation>Stattdessen die Vorlage wählen (--preset).</translation>
    </message>
    <message>
        <source>Choose the base model instead (--base).</source>
        <translation>Stattdessen das Basismodell wählen (--base).</translation>
    </message>
    <message>
        <source>It is read from the base model.</source>
        <translation>Das wird aus dem Basismodell gelesen.</translation>
    </message>
    <message>
        <source>Choose the folder of pictures instead.</source>
        <translation>Stattdessen den Bilderordner wählen.</translation>
    </message>
    <message>
        <source>There are no pictures to train on.</source>
        <translation>Es gibt keine Bilder zum Trainieren.</translation>
    </message>
    <message>
        <source>All of them are left out. Nothing was deleted.</source>
        <translation>Alle sind weggelassen. Nichts wurde gelöscht.</translation>
    </message>
    <message>
        <source>Take some back in, or add a folder.</source>
        <translation>Einige wieder aufnehmen oder einen Ordner hinzufügen.</translation>
    </message>
    <message>
        <source>Training cannot start yet.</source>
        <translation>Das Training kann noch nicht beginnen.</translation>
    </message>
    <message>
        <source>Mend these first; `lora-studio scan` shows the details.</source>
        <translation>Erst diese beheben; `lora-studio scan` zeigt die Einzelheiten.</translation>
    </message>
    <message>
        <source>The name of a picture or folder holds letters that cannot be read.</source>
        <translation>Der Name eines Bildes oder Ordners enthält unlesbare Zeichen.</translation>
    </message>
    <message>
        <source>{odd} such names, first {odd_2}. Nothing was changed.</source>
        <translation>{odd} solche Namen, zuerst {odd_2}. Nichts wurde verändert.</translation>
    </message>
    <message>
        <source>Rename it, then try again.</source>
        <translation>Umbenennen, dann erneut versuchen.</translation>
    </message>
    <message>
        <source>The warm-up is longer than the run.</source>
        <translation>Das Aufwärmen ist länger als das Training.</translation>
    </message>
    <message>
        <source>The learning rate never reaches its full value. Take fewer warm-up steps, or leave them empty.</source>
        <translation>Die Lernrate erreicht nie ihren vollen Wert. Weniger Aufwärmschritte nehmen oder sie leer lassen.</translation>
    </message>
    <message>
        <source>Some held-back pictures are trained on too.</source>
        <translation>Einige zurückgehaltene Bilder werden auch trainiert.</translation>
    </message>
    <message>
        <source>The check loss then looks better than it is. Keep them in a folder of their own.</source>
        <translation>Der Prüfverlust wirkt dann besser, als er ist. Sie gehören in einen eigenen Ordner.</translation>
    </message>
    <message>
        <source>The run would be written into the folder of pictures.</source>
        <translation>Der Lauf würde in den Bilderordner geschrieben.</translation>
    </message>
    <message>
        <source>{path} lies inside {folder}, and originals are never mixed with results.</source>
        <translation>{path} liegt in {folder}, und Originale werden nie mit Ergebnissen vermischt.</translation>
    </message>
    <message>
        <source>Choose another folder with --out.</source>
        <translation>Mit --out einen anderen Ordner wählen.</translation>
    </message>
    <message>
        <source>The setting &apos;{path}&apos; cannot be chosen freely.</source>
        <translation>Die Einstellung „{path}“ ist nicht frei wählbar.</translation>
    </message>
    <message>
        <source>It has epochs {epochs} to {epochs_2}.</source>
        <translation>Er hat die Epochen {epochs} bis {epochs_2}.</translation>
    </message>
    <message>
        <source>It has none yet.</source>
        <translation>Er hat noch keine.</translation>
    </message>
    <message>
        <source>This run has no such epoch.</source>
        <translation>Dieser Lauf hat keine solche Epoche.</translation>
    </message>
    <message>
        <source>This run has no finished epoch.</source>
        <translation>Dieser Lauf hat keine fertige Epoche.</translation>
    </message>
    <message>
        <source>Choose another epoch, or let the run go on.</source>
        <translation>Eine andere Epoche wählen oder den Lauf fortsetzen.</translation>
    </message>
    <message>
        <source>{name} cannot be the name of an adapter file.</source>
        <translation>{name} kann nicht der Name einer Adapterdatei sein.</translation>
    </message>
    <message>
        <source>Programs know adapters by the ending .safetensors.</source>
        <translation>Programme erkennen Adapter an der Endung .safetensors.</translation>
    </message>
    <message>
        <source>{path} has no {name}.</source>
        <translation>{path} hat keine Datei {name}.</translation>
    </message>
    <message>
        <source>{path} holds a run and was not touched.</source>
        <translation>{path} enthält einen Lauf und wurde nicht angerührt.</translation>
    </message>
    <message>
        <source>Go on with it by adding --resume, or choose another name.</source>
        <translation>Mit --resume fortsetzen oder einen anderen Namen wählen.</translation>
    </message>
    <message>
        <source>{path} holds other things and was not touched.</source>
        <translation>{path} enthält anderes und wurde nicht angerührt.</translation>
    </message>
    <message>
        <source>Choose an empty folder or a new name.</source>
        <translation>Einen leeren Ordner oder einen neuen Namen wählen.</translation>
    </message>
    <message>
        <source>There is no run in this folder.</source>
        <translation>In diesem Ordner ist kein Lauf.</translation>
    </message>
    <message>
        <source>Choose the folder of a run.</source>
        <translation>Den Ordner eines Laufs wählen.</translation>
    </message>
    <message>
        <source>There is already a run with this name.</source>
        <translation>Es gibt schon einen Lauf dieses Namens.</translation>
    </message>
    <message>
        <source>This folder is not empty.</source>
        <translation>Dieser Ordner ist nicht leer.</translation>
    </message>
    <message>
        <source>This run has no samples yet.</source>
        <translation>Dieser Lauf hat noch keine Probebilder.</translation>
    </message>
    <message>
        <source>The first ones are drawn before training begins.</source>
        <translation>Die ersten entstehen, bevor das Training beginnt.</translation>
    </message>
    <message>
        <source>Training stopped unexpectedly at step {step}.</source>
        <translation>Das Training brach bei Schritt {step} unerwartet ab.</translation>
    </message>
    <message>
        <source>No checkpoint was saved yet.</source>
        <translation>Noch wurde nichts gesichert.</translation>
    </message>
    <message>
        <source>Resume to go on from there.</source>
        <translation>„Fortsetzen“ macht dort weiter.</translation>
    </message>
    <message>
        <source>Start it again.</source>
        <translation>Neu starten.</translation>
    </message>
    <message>
        <source>Everything up to step {checkpoint_step} is safe.</source>
        <translation>Alles bis Schritt {checkpoint_step} ist gesichert.</translation>
    </message>
    <message>
        <source>Training ended before it began.</source>
        <translation>Das Training endete, bevor es begann.</translation>
    </message>
    <message>
        <source>The old file is kept as {name}.</source>
        <translation>Die alte Datei bleibt als {name} erhalten.</translation>
    </message>
    <message>
        <source>Your settings could not be read, so the app starts with its own.</source>
        <translation>Die Einstellungen ließen sich nicht lesen; die App beginnt mit ihren eigenen.</translation>
    </message>
    <message>
        <source>{kept} Projects and runs are not touched. {where}: {msg}.</source>
        <translation>{kept} Projekte und Läufe sind nicht betroffen. {where}: {msg}.</translation>
    </message>
    <message>
        <source>Choose your settings again.</source>
        <translation>Die Einstellungen neu wählen.</translation>
    </message>
    <message>
        <source>The old file was left as it is.</source>
        <translation>Die alte Datei blieb, wie sie war.</translation>
    </message>
    <message>
        <source>What was saved before is untouched.</source>
        <translation>Vorher Gesichertes ist unversehrt.</translation>
    </message>
    <message>
        <source>Check the drive, or choose a folder on another one.</source>
        <translation>Das Laufwerk prüfen oder einen Ordner auf einem anderen wählen.</translation>
    </message>
    <message>
        <source>The disk is full: {path} left.</source>
        <translation>Das Laufwerk ist voll: noch {path}.</translation>
    </message>
    <message>
        <source>Choose another folder, or allow writing to this one.</source>
        <translation>Einen anderen Ordner wählen oder das Schreiben in diesen erlauben.</translation>
    </message>
    <message>
        <source>{path} is not there. The drive may be unplugged or the folder moved.</source>
        <translation>{path} ist nicht da. Vielleicht ist das Laufwerk nicht angeschlossen oder der Ordner verschoben.</translation>
    </message>
    <message>
        <source>Bring it back, then try again.</source>
        <translation>Zurückbringen, dann erneut versuchen.</translation>
    </message>
    <message>
        <source>{path} has {path_2} characters.</source>
        <translation>{path} hat {path_2} Zeichen.</translation>
    </message>
    <message>
        <source>Close other programs, then try again.</source>
        <translation>Andere Programme schließen, dann erneut versuchen.</translation>
    </message>
    <message>
        <source>The disk did not answer as it should.</source>
        <translation>Das Laufwerk hat nicht wie erwartet geantwortet.</translation>
    </message>
    <message>
        <source>{path} is larger than {limit_bytes} MiB.</source>
        <translation>{path} ist größer als {limit_bytes} MiB.</translation>
    </message>
    <message>
        <source>Free some space, then resume.</source>
        <translation>Platz schaffen, dann fortsetzen.</translation>
    </message>
    <message>
        <source>This folder cannot be written to.</source>
        <translation>In diesen Ordner kann nicht geschrieben werden.</translation>
    </message>
    <message>
        <source>A folder is not there any more.</source>
        <translation>Ein Ordner ist nicht mehr da.</translation>
    </message>
    <message>
        <source>The path is too long.</source>
        <translation>Der Pfad ist zu lang.</translation>
    </message>
    <message>
        <source>Choose a shorter folder.</source>
        <translation>Einen kürzeren Ordner wählen.</translation>
    </message>
    <message>
        <source>Too many files are open.</source>
        <translation>Zu viele Dateien sind offen.</translation>
    </message>
    <message>
        <source>There is not enough room on the disk for {name}.</source>
        <translation>Auf dem Laufwerk ist nicht genug Platz für {name}.</translation>
    </message>
    <message>
        <source>It needs {needed_bytes} GB, and {free_bytes} GB is free. Nothing was written.</source>
        <translation>Gebraucht werden {needed_bytes} GB, frei sind {free_bytes} GB. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>Free some space, or choose a folder on another drive.</source>
        <translation>Platz schaffen oder einen Ordner auf einem anderen Laufwerk wählen.</translation>
    </message>
    <message>
        <source>{name} is too large to be what it should be.</source>
        <translation>{name} ist zu groß für das, was es sein sollte.</translation>
    </message>
    <message>
        <source>{path} is not readable as JSON: {error}. It was not changed.</source>
        <translation>{path} ist nicht als JSON lesbar: {error}. Die Datei wurde nicht verändert.</translation>
    </message>
    <message>
        <source>{name} is not there.</source>
        <translation>{name} ist nicht da.</translation>
    </message>
    <message>
        <source>Looked for {path}.</source>
        <translation>Gesucht wurde {path}.</translation>
    </message>
    <message>
        <source>{name} cannot be read.</source>
        <translation>{name} ist nicht lesbar.</translation>
    </message>
    <message>
        <source>{name} is damaged.</source>
        <translation>{name} ist beschädigt.</translation>
    </message>
    <message>
        <source>{name} is already there.</source>
        <translation>{name} gibt es schon.</translation>
    </message>
    <message>
        <source>{final} was not touched.</source>
        <translation>{final} wurde nicht angerührt.</translation>
    </message>
    <message>
        <source>Nothing is lost: step {saved_step} is saved.</source>
        <translation>Nichts ist verloren: Schritt {saved_step} ist gesichert.</translation>
    </message>
    <message>
        <source>Nothing was trained yet.</source>
        <translation>Noch wurde nichts trainiert.</translation>
    </message>
    <message>
        <source>Resume; if it happens again, report it with console.log from the run folder.</source>
        <translation>Fortsetzen; wenn es wieder geschieht, mit console.log aus dem Ordner des Laufs melden.</translation>
    </message>
    <message>
        <source>The graphics card ran out of memory at step {step}.</source>
        <translation>Der Grafikkarte ging bei Schritt {step} der Speicher aus.</translation>
    </message>
    <message>
        <source>The computer ran out of memory at step {step}.</source>
        <translation>Dem Rechner ging bei Schritt {step} der Speicher aus.</translation>
    </message>
    <message>
        <source>Close other programs, then resume.</source>
        <translation>Andere Programme schließen, dann fortsetzen.</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>Das Laufwerk ist voll.</translation>
    </message>
    <message>
        <source>The graphics card stopped responding.</source>
        <translation>Die Grafikkarte antwortet nicht mehr.</translation>
    </message>
    <message>
        <source>It is in an old format that can carry programs, so it was not opened.</source>
        <translation>Das alte Format kann Programme enthalten; darum wurde die Datei nicht geöffnet.</translation>
    </message>
    <message>
        <source>Choose a Stable Diffusion 1.x, 2.x or XL model, a .safetensors file or a folder in the diffusers layout, or the word practice.</source>
        <translation>Ein Modell von Stable Diffusion 1.x, 2.x oder XL wählen, als .safetensors-Datei oder Ordner im Aufbau von diffusers, oder das Wort practice.</translation>
    </message>
    <message>
        <source>The drive may be unplugged or the model moved; names of models on the web are not looked up.</source>
        <translation>Vielleicht ist das Laufwerk nicht angeschlossen oder das Modell verschoben; Namen von Modellen im Netz werden nicht nachgeschlagen.</translation>
    </message>
    <message>
        <source>Give a .safetensors file or the folder of a Stable Diffusion model, or the word practice.</source>
        <translation>Eine .safetensors-Datei oder den Ordner eines Modells von Stable Diffusion angeben, oder das Wort practice.</translation>
    </message>
    <message>
        <source>It is an SDXL refiner, which only finishes pictures of another model.</source>
        <translation>Das ist ein Refiner für SDXL; er vollendet nur Bilder eines anderen Modells.</translation>
    </message>
    <message>
        <source>Its text is {width} numbers wide; SD 1.x has 768, SD 2.x 1024 and SDXL 2048.</source>
        <translation>Sein Text ist {width} Zahlen breit; SD 1.x hat 768, SD 2.x 1024 und SDXL 2048.</translation>
    </message>
    <message>
        <source>It was trained with other noise levels (EDM), which the app cannot train with.</source>
        <translation>Es wurde mit anderen Rauschstufen (EDM) trainiert; damit kann die App nicht trainieren.</translation>
    </message>
    <message>
        <source>fp16 loads everywhere and is half the size of fp32.</source>
        <translation>fp16 lädt überall und ist halb so groß wie fp32.</translation>
    </message>
    <message>
        <source>{name} came damaged.</source>
        <translation>{name} kam beschädigt an.</translation>
    </message>
    <message>
        <source>It is not what the hub says it is, and was removed.</source>
        <translation>Die Datei ist nicht die, die Hugging Face angibt, und wurde entfernt.</translation>
    </message>
    <message>
        <source>Start the download again; what is whole is kept.</source>
        <translation>Den Download noch einmal starten; was ganz ist, bleibt.</translation>
    </message>
    <message>
        <source>The hub could not be reached.</source>
        <translation>Hugging Face war nicht zu erreichen.</translation>
    </message>
    <message>
        <source>What has come is kept.</source>
        <translation>Was schon da ist, bleibt.</translation>
    </message>
    <message>
        <source>Check the connection to the internet, then try again.</source>
        <translation>Die Verbindung zum Internet prüfen, dann noch einmal versuchen.</translation>
    </message>
    <message>
        <source>{model_id} can be had only after its licence was accepted.</source>
        <translation>{model_id} gibt es erst, wenn die Lizenz angenommen ist.</translation>
    </message>
    <message>
        <source>Then try again; what has come is kept.</source>
        <translation>Dann noch einmal versuchen; was schon da ist, bleibt.</translation>
    </message>
    <message>
        <source>The hub knows no model {model_id}.</source>
        <translation>Hugging Face kennt kein Modell {model_id}.</translation>
    </message>
    <message>
        <source>It may be written otherwise, private, or gone.</source>
        <translation>Vielleicht schreibt es sich anders, ist privat oder nicht mehr da.</translation>
    </message>
    <message>
        <source>Copy the id from the top of the model&apos;s page.</source>
        <translation>Die Kennung oben auf der Seite des Modells kopieren.</translation>
    </message>
    <message>
        <source>The hub was not asked.</source>
        <translation>Hugging Face wurde nicht gefragt.</translation>
    </message>
    <message>
        <source>Take that setting away, then try again.</source>
        <translation>Diese Einstellung entfernen, dann noch einmal versuchen.</translation>
    </message>
    <message>
        <source>The hub did not answer as it should.</source>
        <translation>Hugging Face hat nicht geantwortet, wie es sollte.</translation>
    </message>
    <message>
        <source>Try again in a few minutes.</source>
        <translation>In ein paar Minuten noch einmal versuchen.</translation>
    </message>
    <message>
        <source>{text} is not the id of a model.</source>
        <translation>{text} ist keine Kennung eines Modells.</translation>
    </message>
    <message>
        <source>An id has an owner and a name with a slash between, as in owner/name.</source>
        <translation>Eine Kennung besteht aus Besitzer und Name mit einem Schrägstrich dazwischen, wie in owner/name.</translation>
    </message>
    <message>
        <source>Copy it from the top of the model&apos;s page.</source>
        <translation>Sie steht oben auf der Seite des Modells und lässt sich dort kopieren.</translation>
    </message>
    <message>
        <source>{model_id} has nothing the app can train on.</source>
        <translation>In {model_id} ist nichts, worauf die App trainieren kann.</translation>
    </message>
    <message>
        <source>Choose another model.</source>
        <translation>Ein anderes Modell wählen.</translation>
    </message>
    <message>
        <source>{model_id} has several models.</source>
        <translation>In {model_id} liegen mehrere Modelle.</translation>
    </message>
    <message>
        <source>They are: {names}.</source>
        <translation>Es sind: {names}.</translation>
    </message>
    <message>
        <source>{model_id} has no file {wanted} that ends in .safetensors.</source>
        <translation>In {model_id} gibt es keine Datei {wanted}, die auf .safetensors endet.</translation>
    </message>
    <message>
        <source>Copy the name from the list of files on its page.</source>
        <translation>Den Namen aus der Dateiliste auf seiner Seite kopieren.</translation>
    </message>
    <message>
        <source>No {family} base could be made to measure with.</source>
        <translation>Zum Messen ließ sich keine Basis der Familie {family} anlegen.</translation>
    </message>
    <message>
        <source>It needs memory and disk for the whole model; give a model of your own with --base.</source>
        <translation>Das braucht Speicher und Platz für das ganze Modell; mit --base ein eigenes Modell angeben.</translation>
    </message>
    <message>
        <source>It ended as {kind}.</source>
        <translation>Es endete als {kind}.</translation>
    </message>
    <message>
        <source>{name} could not be converted.</source>
        <translation>{name} ließ sich nicht umwandeln.</translation>
    </message>
    <message>
        <source>Its process ended. The file was not changed.</source>
        <translation>Der Prozess dafür ist abgebrochen. Die Datei wurde nicht verändert.</translation>
    </message>
    <message>
        <source>Try again, and if it stays so, report it.</source>
        <translation>Noch einmal versuchen und, wenn es so bleibt, melden.</translation>
    </message>
    <message>
        <source>{name} could not be downloaded.</source>
        <translation>{name} ließ sich nicht herunterladen.</translation>
    </message>
    <message>
        <source>The process that talks to the hub ended. What has come is kept.</source>
        <translation>Der Prozess, der mit Hugging Face spricht, ist abgebrochen. Was schon da ist, bleibt.</translation>
    </message>
    <message>
        <source>{model_id} is here already.</source>
        <translation>{model_id} ist schon da.</translation>
    </message>
    <message>
        <source>It lies in {final}, which was not touched.</source>
        <translation>Es liegt in {final}; dort wurde nichts angerührt.</translation>
    </message>
    <message>
        <source>Use it, or remove that folder to get the model again.</source>
        <translation>Es benutzen, oder den Ordner entfernen, um das Modell neu zu holen.</translation>
    </message>
    <message>
        <source>The work was called off.</source>
        <translation>Die Arbeit wurde abgebrochen.</translation>
    </message>
    <message>
        <source>Nothing was written.</source>
        <translation>Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>This zip file is not safe to unpack.</source>
        <translation>Diese Zip-Datei lässt sich nicht gefahrlos entpacken.</translation>
    </message>
    <message>
        <source>{why} Nothing was unpacked.</source>
        <translation>{why} Nichts wurde entpackt.</translation>
    </message>
    <message>
        <source>Unpack it with another program, look at what is in it, and drop the folder.</source>
        <translation>Entpacken Sie sie mit einem anderen Programm, sehen Sie nach, was darin ist, und ziehen Sie den Ordner hierher.</translation>
    </message>
    <message>
        <source>It holds {entries} files; {value} are the most.</source>
        <translation>Sie enthält {entries} Dateien; höchstens {value} sind erlaubt.</translation>
    </message>
    <message>
        <source>No pictures in this zip file.</source>
        <translation>Keine Bilder in dieser Zip-Datei.</translation>
    </message>
    <message>
        <source>It has {entries} files, none of a kind the app reads (PNG, JPEG, WebP, BMP, TIFF).</source>
        <translation>Sie hat {entries} Dateien, keine davon in einem Format, das die App liest (PNG, JPEG, WebP, BMP, TIFF).</translation>
    </message>
    <message>
        <source>Choose another.</source>
        <translation>Wählen Sie eine andere.</translation>
    </message>
    <message>
        <source>{name} cannot be unpacked.</source>
        <translation>{name} lässt sich nicht entpacken.</translation>
    </message>
    <message>
        <source>It is damaged, locked with a password, or packed in a way the app does not know. Nothing was changed.</source>
        <translation>Sie ist beschädigt, mit einem Kennwort geschützt oder auf eine Art gepackt, die die App nicht kennt. Nichts wurde geändert.</translation>
    </message>
    <message>
        <source>Unpack it with another program and drop the folder.</source>
        <translation>Entpacken Sie sie mit einem anderen Programm und ziehen Sie den Ordner hierher.</translation>
    </message>
    <message>
        <source>It holds a link to a place outside itself.</source>
        <translation>Sie enthält eine Verknüpfung nach außen.</translation>
    </message>
    <message>
        <source>One of its names leads outside its folder, or is no name on every system.</source>
        <translation>Einer ihrer Namen führt aus dem Ordner hinaus oder ist nicht auf jedem System ein Name.</translation>
    </message>
    <message>
        <source>Two of its names are one name on some systems.</source>
        <translation>Zwei ihrer Namen sind auf manchen Systemen derselbe.</translation>
    </message>
    <message>
        <source>It unpacks to more than the app accepts.</source>
        <translation>Entpackt ist sie größer, als die App annimmt.</translation>
    </message>
    <message>
        <source>It swells far more than pictures do.</source>
        <translation>Sie bläht sich weit mehr auf, als Bilder es tun.</translation>
    </message>
    <message>
        <source>So long a word leaves little room for the rest of a prompt.</source>
        <translation>Ein so langes Wort lässt dem Rest eines Prompts wenig Platz.</translation>
    </message>
    <message>
        <source>This run has not come to its end.</source>
        <translation>Dieser Lauf ist noch nicht zu Ende.</translation>
    </message>
    <message>
        <source>Only a finished run is given more epochs.</source>
        <translation>Nur ein fertiger Lauf bekommt weitere Epochen.</translation>
    </message>
    <message>
        <source>Resume it, and add epochs when it is done.</source>
        <translation>Setzen Sie ihn fort und fügen Sie Epochen hinzu, wenn er fertig ist.</translation>
    </message>
    <message>
        <source>This run cannot go on.</source>
        <translation>Dieser Lauf kann nicht weitergehen.</translation>
    </message>
    <message>
        <source>What it needs to go on was deleted to free space. Its epochs are all there.</source>
        <translation>Was er dafür braucht, wurde gelöscht, um Platz zu schaffen. Seine Epochen sind alle da.</translation>
    </message>
    <message>
        <source>Start a new run with more epochs instead.</source>
        <translation>Starten Sie stattdessen einen neuen Lauf mit mehr Epochen.</translation>
    </message>
    <message>
        <source>{path} could not be saved. {kept}</source>
        <translation>{path} ließ sich nicht speichern. {kept}</translation>
    </message>
    <message>
        <source>{path} could not be opened. {kept}</source>
        <translation>{path} ließ sich nicht öffnen. {kept}</translation>
    </message>
    <message>
        <source>The graphics card had no room to draw samples.</source>
        <translation>Auf der Grafikkarte war kein Platz, um Probebilder zu zeichnen.</translation>
    </message>
    <message>
        <source>Training goes on without them. Close other programs that use the card, or draw them later in Compare.</source>
        <translation>Das Training geht ohne sie weiter. Andere Programme schließen, die die Karte benutzen, oder sie später unter „Vergleich“ zeichnen.</translation>
    </message>
    <message>
        <source>This recipe needs more memory than there is.</source>
        <translation>Dieses Rezept braucht mehr Speicher, als da ist.</translation>
    </message>
    <message>
        <source>The check of one step ran out of memory at {width_px} × {height_px} pixels. {safe}</source>
        <translation>Bei der Probe eines Schritts mit {width_px} × {height_px} Pixeln reichte der Speicher nicht. {safe}</translation>
    </message>
    <message>
        <source>Choose a smaller training size or batch, or an 8-bit base, and start again.</source>
        <translation>Wählen Sie eine kleinere Trainingsgröße oder Stapelgröße oder ein 8-Bit-Basismodell und starten Sie erneut.</translation>
    </message>
    <message>
        <source>This can follow sleep or a driver update. {safe}</source>
        <translation>Das kommt nach dem Ruhezustand oder einem Treiberupdate vor. {safe}</translation>
    </message>
    <message>
        <source>Resume; if it happens again, restart the computer.</source>
        <translation>Fortsetzen; wenn es wieder geschieht, den Rechner neu starten.</translation>
    </message>
    <message>
        <source>The base model&apos;s picture encoder gives no usable numbers.</source>
        <translation>Der Bildteil des Basismodells liefert keine brauchbaren Zahlen.</translation>
    </message>
    <message>
        <source>It happened with {name}. Nothing was trained yet.</source>
        <translation>Es geschah bei {name}. Noch wurde nichts trainiert.</translation>
    </message>
    <message>
        <source>The base model may be damaged; download it again, or choose another one.</source>
        <translation>Das Basismodell ist vielleicht beschädigt; neu herunterladen oder ein anderes wählen.</translation>
    </message>
    <message>
        <source>The pictures changed since this run was made.</source>
        <translation>Die Bilder haben sich geändert, seit dieser Lauf entstand.</translation>
    </message>
    <message>
        <source>{keys} of its layers are missing, {keys_2} are unknown.</source>
        <translation>{keys} seiner Schichten fehlen, {keys_2} sind unbekannt.</translation>
    </message>
    <message>
        <source>{stem} is not a plain LoRA, LoHa or LoKr layer.</source>
        <translation>{stem} ist keine einfache LoRA-, LoHa- oder LoKr-Schicht.</translation>
    </message>
    <message>
        <source>{stem} holds factors that do not fit each other.</source>
        <translation>{stem} enthält Faktoren, die nicht zueinander passen.</translation>
    </message>
    <message>
        <source>{name} is a {name__}.</source>
        <translation>{name} ist ein {name__}.</translation>
    </message>
    <message>
        <source>Training cannot go on from {name} with this base model.</source>
        <translation>Mit diesem Basismodell kann das Training nicht von {name} aus weitergehen.</translation>
    </message>
    <message>
        <source>Choose the base that it was made for, or begin with a fresh adapter.</source>
        <translation>Das Basismodell wählen, für das die Datei gemacht wurde, oder mit einem neuen Adapter beginnen.</translation>
    </message>
    <message>
        <source>The base model has no layer {path} that is trained.</source>
        <translation>Das Basismodell hat keine Schicht {path}, die trainiert wird.</translation>
    </message>
    <message>
        <source>{path} has another size there.</source>
        <translation>{path} hat dort eine andere Größe.</translation>
    </message>
    <message>
        <source>{name} adds its change to whole weights, and in 8 or 4 bit there are none.</source>
        <translation>{name} addiert seine Änderung zu ganzen Gewichten, und in 8 oder 4 Bit gibt es keine.</translation>
    </message>
    <message>
        <source>Cards share each batch, so it needs a picture for every card. Set the batch size to at least as many.</source>
        <translation>Die Karten teilen sich jeden Stapel, also braucht er für jede Karte ein Bild. Stellen Sie die Stapelgröße auf mindestens so viele.</translation>
    </message>
    <message>
        <source>Several cards train together on NVIDIA only.</source>
        <translation>Mehrere Karten trainieren nur bei NVIDIA zusammen.</translation>
    </message>
    <message>
        <source>Adapter dropout leaves out what flows between the two matrices of a LoRA, and {name} has no such place. Set it to 0.</source>
        <translation>Adapter-Dropout lässt aus, was zwischen den beiden Matrizen eines LoRA fließt, und {name} hat keine solche Stelle. Auf 0 setzen.</translation>
    </message>
    <message>
        <source>A {name} cannot begin with the layers of a LoRA file. Train a LoRA, or leave the file out.</source>
        <translation>Ein {name} kann nicht mit den Schichten einer LoRA-Datei beginnen. Ein LoRA trainieren oder die Datei weglassen.</translation>
    </message>
    <message>
        <source>Rank-stabilised scaling was made for LoRA. Switch it off for {name}; alpha sets its strength.</source>
        <translation>Rang-stabilisierte Skalierung ist für LoRA gemacht. Für {name} ausschalten; Alpha bestimmt seine Stärke.</translation>
    </message>
    <message>
        <source>{whole} Hold the base in memory whole (none), or train a LoRA.</source>
        <translation>{whole} Die Basis ganz im Speicher halten (none) oder ein LoRA trainieren.</translation>
    </message>
    <message>
        <source>{whole} Hold the text encoder in memory whole (none), or train a LoRA.</source>
        <translation>{whole} Den Textteil ganz im Speicher halten (none) oder ein LoRA trainieren.</translation>
    </message>
    <message>
        <source>Pictures of the kind</source>
        <translation>Bilder der Art</translation>
    </message>
    <message>
        <source>Masks</source>
        <translation>Masken</translation>
    </message>
    <message>
        <source>Kind of adapter</source>
        <translation>Art des Adapters</translation>
    </message>
    <message>
        <source>LoKr factor</source>
        <translation>LoKr-Faktor</translation>
    </message>
    <message>
        <source>Start from</source>
        <translation>Beginnen mit</translation>
    </message>
    <message>
        <source>Weight of the kind</source>
        <translation>Gewicht der Art</translation>
    </message>
    <message>
        <source>Outside the mask</source>
        <translation>Außerhalb der Maske</translation>
    </message>
    <message>
        <source>Graphics cards</source>
        <translation>Grafikkarten</translation>
    </message>
    <message>
        <source>A folder of other pictures of the same kind, such as other faces. They are learned without the trigger word, as often as your own, so that the kind stays as it was; training takes twice as long.</source>
        <translation>Ein Ordner mit anderen Bildern derselben Art, etwa anderen Gesichtern. Sie werden ohne das Auslösewort gelernt, so oft wie die eigenen, damit die Art bleibt, wie sie war; das Training dauert doppelt so lange.</translation>
    </message>
    <message>
        <source>LoRA loads everywhere and trains fastest. LoHa reaches more of a layer and is twice as large at the same rank, LoKr is the smallest; both want a learning rate several times higher, and load in ComfyUI, A1111, Forge and InvokeAI, but not in diffusers or kohya&apos;s scripts.</source>
        <translation>LoRA lädt überall und trainiert am schnellsten. LoHa erreicht mehr von einer Schicht und ist bei gleichem Rang doppelt so groß, LoKr ist am kleinsten; beide brauchen eine mehrfach höhere Lernrate und laden in ComfyUI, A1111, Forge und InvokeAI, aber nicht in diffusers oder den Skripten von kohya.</translation>
    </message>
    <message>
        <source>How finely LoKr cuts each layer up: a smaller factor learns more and makes a larger file.</source>
        <translation>Wie fein LoKr jede Schicht zerlegt: Ein kleinerer Faktor lernt mehr und macht die Datei größer.</translation>
    </message>
    <message>
        <source>Where that middle lies: below 0 at less noise, above 0 at more.</source>
        <translation>Wo diese Mitte liegt: unter 0 bei weniger Rauschen, über 0 bei mehr.</translation>
    </message>
    <message>
        <source>NVIDIA cards in this computer that share each batch. The result is that of one card.</source>
        <translation>NVIDIA-Karten in diesem Computer, die sich jeden Stapel teilen. Das Ergebnis ist das einer einzigen Karte.</translation>
    </message>
    <message>
        <source>This computer lacks the memory to make {path} smaller.</source>
        <translation>Dieser Computer hat zu wenig Speicher, um {path} zu verkleinern.</translation>
    </message>
    <message>
        <source>It would need about {needed_bytes} GB. Make it smaller in a picture program, or leave it out. The file was not changed.</source>
        <translation>Nötig wären etwa {needed_bytes} GB. Verkleinern Sie es in einem Bildprogramm, oder lassen Sie es weg. Die Datei wurde nicht verändert.</translation>
    </message>
    <message>
        <source>Accept it at {page}, then run `hf auth login` in a terminal: downloads use no token of the app.</source>
        <translation>Sie unter {page} annehmen, dann in einem Terminal `hf auth login` ausführen: Zum Herunterladen wird kein Zugangsschlüssel der App verwendet.</translation>
    </message>
    <message>
        <source>It says: {code}. {safe}</source>
        <translation>Die Antwort war: {code}. {safe}</translation>
    </message>
    <message>
        <source>{name} is not the folder of a sharing kit.</source>
        <translation>{name} ist nicht der Ordner eines Pakets zum Weitergeben.</translation>
    </message>
    <message>
        <source>A kit is a folder with an adapter and README.md in it. Nothing was sent.</source>
        <translation>Ein Paket ist ein Ordner mit einem Adapter und README.md darin. Nichts wurde gesendet.</translation>
    </message>
    <message>
        <source>The files in {name} changed meanwhile.</source>
        <translation>Die Dateien in {name} haben sich inzwischen geändert.</translation>
    </message>
    <message>
        <source>Nothing was sent.</source>
        <translation>Nichts wurde gesendet.</translation>
    </message>
    <message>
        <source>Look at the list again, then send it.</source>
        <translation>Die Liste noch einmal ansehen, dann senden.</translation>
    </message>
    <message>
        <source>The kit states no licence.</source>
        <translation>Das Paket nennt keine Lizenz.</translation>
    </message>
    <message>
        <source>Nobody could know what may be done with it. Nothing was sent.</source>
        <translation>Niemand könnte wissen, was damit erlaubt ist. Nichts wurde gesendet.</translation>
    </message>
    <message>
        <source>Choose a licence for the adapter and make the kit again, or keep the page private.</source>
        <translation>Eine Lizenz für den Adapter wählen und das Paket neu erstellen, oder die Seite privat lassen.</translation>
    </message>
    <message>
        <source>Unpack it first.</source>
        <translation>Erst entpacken.</translation>
    </message>
    <message>
        <source>The files appear there only all together, and they have not.</source>
        <translation>Die Dateien erscheinen dort nur alle zusammen, und das ist nicht geschehen.</translation>
    </message>
    <message>
        <source>The token belongs to {name}, who cannot make pages for {owner}.</source>
        <translation>Der Zugangsschlüssel gehört {name}; damit lassen sich keine Seiten für {owner} anlegen.</translation>
    </message>
    <message>
        <source>It can for {names}. Nothing was sent.</source>
        <translation>Es geht für {names}. Nichts wurde gesendet.</translation>
    </message>
    <message>
        <source>Use {name} as the owner.</source>
        <translation>{name} als Besitzer angeben.</translation>
    </message>
    <message>
        <source>There is already something else at {model_id}.</source>
        <translation>Unter {model_id} gibt es schon etwas anderes.</translation>
    </message>
    <message>
        <source>It is no kit of LoRA Studio, and was not touched.</source>
        <translation>Es ist kein Paket von LoRA Studio und wurde nicht angerührt.</translation>
    </message>
    <message>
        <source>Choose another name.</source>
        <translation>Einen anderen Namen wählen.</translation>
    </message>
    <message>
        <source>The page {model_id} is {there}, and this kit is to be {wished}.</source>
        <translation>Die Seite {model_id} ist {there}, und dieses Paket soll {wished} sein.</translation>
    </message>
    <message>
        <source>Send it as {there}, change the page on the hub, or choose another name.</source>
        <translation>So senden, dass es {there} ist, die Seite auf Hugging Face ändern oder einen anderen Namen wählen.</translation>
    </message>
    <message>
        <source>The hub takes no page named {model_id}.</source>
        <translation>Hugging Face nimmt keine Seite namens {model_id} an.</translation>
    </message>
    <message>
        <source>Use letters, digits, dashes, dots and underscores, with no two dashes or dots side by side.</source>
        <translation>Buchstaben, Ziffern, Bindestriche, Punkte und Unterstriche verwenden, nie zwei Bindestriche oder Punkte nebeneinander.</translation>
    </message>
    <message>
        <source>The hub refused the kit.</source>
        <translation>Hugging Face hat das Paket abgelehnt.</translation>
    </message>
    <message>
        <source>It says: {server_message}. {value}</source>
        <translation>Die Antwort: {server_message}. {value}</translation>
    </message>
    <message>
        <source>Look into README.md of the kit, then try again.</source>
        <translation>In README.md des Pakets nachsehen, dann erneut versuchen.</translation>
    </message>
    <message>
        <source>The hub does not know this token.</source>
        <translation>Hugging Face kennt diesen Zugangsschlüssel nicht.</translation>
    </message>
    <message>
        <source>It may be mistyped, expired or taken back. Nothing was sent.</source>
        <translation>Er ist vielleicht vertippt, abgelaufen oder zurückgezogen. Nichts wurde gesendet.</translation>
    </message>
    <message>
        <source>Make one that may write at {constants}/settings/tokens, and use that.</source>
        <translation>Unter {constants}/settings/tokens einen anlegen, der schreiben darf, und diesen verwenden.</translation>
    </message>
    <message>
        <source>This token may not write to {model_id}.</source>
        <translation>Dieser Zugangsschlüssel darf nicht in {model_id} schreiben.</translation>
    </message>
    <message>
        <source>The hub takes a kit only with a token of yours.</source>
        <translation>Hugging Face nimmt ein Paket nur mit einem eigenen Zugangsschlüssel an.</translation>
    </message>
    <message>
        <source>Make one that may write at huggingface.co/settings/tokens, then type it when asked, or set {value}.</source>
        <translation>Unter huggingface.co/settings/tokens einen anlegen, der schreiben darf, und ihn auf Nachfrage eintippen oder {value} setzen.</translation>
    </message>
    <message>
        <source>The app writes tokens nowhere else.</source>
        <translation>Nirgendwo sonst schreibt die App Zugangsschlüssel hin.</translation>
    </message>
    <message>
        <source>Type it each time, or put it into the environment as {value}.</source>
        <translation>Ihn jedes Mal eintippen oder als {value} in die Umgebung setzen.</translation>
    </message>
    <message>
        <source>This is not a token.</source>
        <translation>Das ist kein Zugangsschlüssel.</translation>
    </message>
    <message>
        <source>A token begins with hf_ and has no gaps. Nothing was sent.</source>
        <translation>Ein Zugangsschlüssel beginnt mit hf_ und hat keine Leerzeichen. Nichts wurde gesendet.</translation>
    </message>
    <message>
        <source>Copy it from huggingface.co/settings/tokens.</source>
        <translation>Ihn auf huggingface.co/settings/tokens kopieren.</translation>
    </message>
    <message>
        <source>The picture could not be drawn.</source>
        <translation>Das Bild ließ sich nicht zeichnen.</translation>
    </message>
    <message>
        <source>The drawing program ended too early. The file is saved.</source>
        <translation>Das Zeichenprogramm endete zu früh. Die Datei ist gespeichert.</translation>
    </message>
    <message>
        <source>`lora-studio doctor` checks whether the engine is whole.</source>
        <translation>`lora-studio doctor` prüft, ob das Trainingsprogramm vollständig ist.</translation>
    </message>
    <message>
        <source>The two pictures have different sizes, so they cannot be compared.</source>
        <translation>Die beiden Bilder sind verschieden groß und lassen sich darum nicht vergleichen.</translation>
    </message>
    <message>
        <source>{name} is {shape}, {name_2} {shape_2}.</source>
        <translation>{name} ist {shape}, {name_2} {shape_2}.</translation>
    </message>
    <message>
        <source>Draw both anew: delete the samples of epoch 0 in the run&apos;s folder.</source>
        <translation>Beide neu zeichnen: die Probebilder von Epoche 0 im Ordner des Laufs löschen.</translation>
    </message>
    <message>
        <source>The kit could not be sent to {model_id}.</source>
        <translation>Das Paket ließ sich nicht an {model_id} senden.</translation>
    </message>
    <message>
        <source>The process that talks to the hub ended.</source>
        <translation>Der Prozess, der mit Hugging Face spricht, ist abgebrochen.</translation>
    </message>
    <message>
        <source>Look at its page, then try again, and if it stays so, report it.</source>
        <translation>Auf der Seite dort nachsehen, dann noch einmal versuchen und, wenn es so bleibt, melden.</translation>
    </message>
    <message>
        <source>Made{author} with LoRA Studio {version__}.</source>
        <translation>Erstellt{author} mit LoRA Studio {version__}.</translation>
    </message>
    <message>
        <source>A LoRA adapter for the Practice base of LoRA Studio. **No other program can use it**, because only LoRA Studio has that base.</source>
        <translation>Ein LoRA-Adapter für die Übungsbasis von LoRA Studio. **Kein anderes Programm kann ihn benutzen**, weil nur LoRA Studio diese Basis hat.</translation>
    </message>
    <message>
        <source>A LoRA adapter for {family}. It works together with a base model of that family.</source>
        <translation>Ein LoRA-Adapter für {family}. Er wirkt zusammen mit einem Basismodell dieser Familie.</translation>
    </message>
    <message>
        <source>Prompts go down and epochs across; the first column is the base alone.</source>
        <translation>Prompts stehen untereinander, Epochen nebeneinander; die erste Spalte ist die Basis allein.</translation>
    </message>
    <message>
        <source>{licence}. The licence of the base model holds besides.</source>
        <translation>{licence}. Daneben gilt die Lizenz des Basismodells.</translation>
    </message>
    <message>
        <source>No licence is stated. Ask who made it before you use it for more than looking.</source>
        <translation>Keine Lizenz ist angegeben. Vor jeder Verwendung, die über das Ansehen hinausgeht, beim Urheber nachfragen.</translation>
    </message>
    <message>
        <source>Whether other programs load this file is not known.</source>
        <translation>Ob andere Programme diese Datei laden, ist nicht bekannt.</translation>
    </message>
    <message>
        <source>Some pictures of the kind are your own ones too.</source>
        <translation>Einige Bilder der Art sind zugleich eigene Bilder.</translation>
    </message>
    <message>
        <source>They would be taught with and without the trigger word. Take them out of one of the folders.</source>
        <translation>Sie würden mit und ohne Auslösewort gelernt. Aus einem der Ordner herausnehmen.</translation>
    </message>
    <message>
        <source>diffusers reads plain LoRA files only, and this is another kind of adapter.</source>
        <translation>diffusers liest nur einfache LoRA-Dateien, und dies ist eine andere Art von Adapter.</translation>
    </message>
    <message>
        <source>Leave out the file for diffusers, or make the saved file plain with Convert.</source>
        <translation>Die Datei für diffusers weglassen oder die gespeicherte Datei mit Umwandeln einfach machen.</translation>
    </message>
    <message>
        <source>Choose another name, for example with --out.</source>
        <translation>Einen anderen Namen wählen, etwa mit --out.</translation>
    </message>
    <message>
        <source>{name} names folders of a computer.</source>
        <translation>{name} nennt Ordner eines Rechners.</translation>
    </message>
    <message>
        <source>They stand in {told} and may tell a person&apos;s name. Nothing was made.</source>
        <translation>Sie stehen in {told} und verraten vielleicht den Namen einer Person. Nichts wurde erstellt.</translation>
    </message>
    <message>
        <source>Everything up to the last save point is safe.</source>
        <translation>Alles bis zum letzten Speicherpunkt ist sicher.</translation>
    </message>
    <message>
        <source>The part of the training on graphics card {number} ended unexpectedly.</source>
        <translation>Der Teil des Trainings auf Grafikkarte {number} endete unerwartet.</translation>
    </message>
    <message>
        <source>This training is set to {count} graphics cards.</source>
        <translation>Dieses Training ist auf {count} Grafikkarten eingestellt.</translation>
    </message>
    <message>
        <source>Graphics card {number} ran out of memory.</source>
        <translation>Der Speicher von Grafikkarte {number} reichte nicht.</translation>
    </message>
    <message>
        <source>Graphics card {number} stopped responding.</source>
        <translation>Grafikkarte {number} antwortet nicht mehr.</translation>
    </message>
    <message>
        <source>Its pictures were not changed.</source>
        <translation>Seine Bilder wurden nicht geändert.</translation>
    </message>
    <message>
        <source>With int8 the base model takes half the memory, with nf4 a quarter. Both are a little less exact, and slower.</source>
        <translation>Mit int8 braucht das Basismodell die Hälfte des Speichers, mit nf4 ein Viertel. Beide sind etwas ungenauer und langsamer.</translation>
    </message>
    <message>
        <source>The same for the text encoder, the part of the model that reads the words.</source>
        <translation>Dasselbe für den Textteil, der die Wörter liest.</translation>
    </message>
    <message>
        <source>Width and height of a training picture are multiples of this, in pixels.</source>
        <translation>Breite und Höhe eines Trainingsbildes sind Vielfache davon, in Pixeln.</translation>
    </message>
    <message>
        <source>Share of the adapter&apos;s input left out at random at each step. Can keep very few pictures from being learned by heart.</source>
        <translation>Anteil der Eingaben des Adapters, der in jedem Schritt zufällig wegbleibt. Kann verhindern, dass ganz wenige Bilder auswendig gelernt werden.</translation>
    </message>
    <message>
        <source>Lets high ranks act more strongly: alpha is divided by the square root of the rank, not by the rank.</source>
        <translation>Lässt hohe Ränge stärker wirken: Alpha wird durch die Wurzel des Rangs geteilt, nicht durch den Rang.</translation>
    </message>
    <message>
        <source>Pulls the adapter&apos;s numbers towards zero, so that it strays less from the base model.</source>
        <translation>Zieht die Zahlen des Adapters zur Null, damit er sich weniger vom Basismodell entfernt.</translation>
    </message>
    <message>
        <source>How long the direction of earlier steps is remembered.</source>
        <translation>Wie lange die Richtung früherer Schritte nachwirkt.</translation>
    </message>
    <message>
        <source>How long the size of earlier steps is remembered.</source>
        <translation>Wie lange die Größe früherer Schritte nachwirkt.</translation>
    </message>
    <message>
        <source>Keeps looks with very little noise from counting too much; lower is stronger. Empty switches it off.</source>
        <translation>Lässt Ansichten mit sehr wenig Rauschen nicht zu viel zählen; kleiner wirkt stärker. Leer schaltet es aus.</translation>
    </message>
    <message>
        <source>Errors above about this size are forgiven in part: they count in proportion, not squared.</source>
        <translation>Fehler über etwa dieser Größe werden zum Teil verziehen: Sie zählen einfach, nicht im Quadrat.</translation>
    </message>
    <message>
        <source>Adds coarser noise too, each coarser layer with this share of the strength of the one before. For pictures with strong light and shade; 0 switches it off.</source>
        <translation>Gibt auch gröberes Rauschen dazu, jede gröbere Lage mit diesem Anteil der Stärke der vorigen. Für Bilder mit starkem Licht und Schatten; 0 schaltet es aus.</translation>
    </message>
    <message>
        <source>Puts a little more noise into the picture than the model is told to find, so that small errors while drawing do less harm; 0.1 is usual.</source>
        <translation>Gibt dem Bild etwas mehr Rauschen, als das Modell finden soll, damit kleine Fehler beim Zeichnen weniger schaden; üblich ist 0,1.</translation>
    </message>
    <message>
        <source>Leaves nothing of the picture at the highest noise level, so that very dark and very bright pictures can be learned.</source>
        <translation>Lässt auf der höchsten Rauschstufe nichts vom Bild übrig, damit sehr dunkle und sehr helle Bilder gelernt werden können.</translation>
    </message>
    <message>
        <source>Share of looks spent on keeping pictures without the trigger word as the base model draws them. A little slower.</source>
        <translation>Anteil der Ansichten, die dafür sorgen, dass Bilder ohne das Auslösewort so bleiben, wie das Basismodell sie zeichnet. Etwas langsamer.</translation>
    </message>
    <message>
        <source>Keeps a single odd picture from pulling too hard; lower is stricter. 0 switches it off.</source>
        <translation>Lässt ein einzelnes ausgefallenes Bild nicht zu stark ziehen; kleiner ist strenger. 0 schaltet es aus.</translation>
    </message>
    <message>
        <source>How exactly numbers are computed. auto suits your card: bf16 where it can, fp16 on older ones, fp32 without.</source>
        <translation>Wie genau gerechnet wird. auto passt zur Karte: bf16, wenn sie es kann, fp16 auf älteren, fp32 ohne Karte.</translation>
    </message>
    <message>
        <source>What does the training: auto takes the graphics card when there is one, else the processor (cpu).</source>
        <translation>Was trainiert: auto nimmt die Grafikkarte, wenn eine da ist, sonst den Prozessor (cpu).</translation>
    </message>
    <message>
        <source>How many of the processor&apos;s threads take part. 0 leaves the choice to the computer.</source>
        <translation>Wie viele Threads des Prozessors mitrechnen. 0 überlässt dem Rechner die Wahl.</translation>
    </message>
    <message>
        <source>Every epoch draws with the same seed, so that samples can be compared. Prompt n takes this number plus n.</source>
        <translation>Jede Epoche zeichnet mit demselben Startwert, damit sich die Probebilder vergleichen lassen. Prompt n nimmt diese Zahl plus n.</translation>
    </message>
    <message>
        <source>Steps in which a sample is drawn. More take longer and can be cleaner.</source>
        <translation>In so vielen Schritten wird ein Probebild gezeichnet. Mehr dauern länger und können sauberer sein.</translation>
    </message>
    <message>
        <source>Fastest for attention within the picture: {self_attention}.</source>
        <translation>Am schnellsten für die Attention innerhalb des Bildes: {self_attention}.</translation>
    </message>
    <message>
        <source>Fastest for attention to the words: {cross_attention}.</source>
        <translation>Am schnellsten für die Attention zu den Wörtern: {cross_attention}.</translation>
    </message>
    <message>
        <source>{turned} of {layers} convolutions are faster in another layout.</source>
        <translation>{turned} von {layers} Faltungen sind in anderer Anordnung schneller.</translation>
    </message>
    <message>
        <source>Pause it first, then go on with what is left.</source>
        <translation>Erst anhalten, dann mit dem Rest weitermachen.</translation>
    </message>
    <message>
        <source>It needs its pictures no more.</source>
        <translation>Er braucht seine Bilder nicht mehr.</translation>
    </message>
    <message>
        <source>None of this run&apos;s pictures is there any more.</source>
        <translation>Von den Bildern dieses Laufs ist keines mehr da.</translation>
    </message>
    <message>
        <source>The drive may be unplugged or the folder moved. What was saved is untouched.</source>
        <translation>Vielleicht ist das Laufwerk nicht angeschlossen oder der Ordner verschoben. Was gespeichert war, ist unberührt.</translation>
    </message>
    <message>
        <source>Connect the drive and resume, or start a new run.</source>
        <translation>Schließen Sie das Laufwerk an und machen Sie weiter, oder beginnen Sie einen neuen Lauf.</translation>
    </message>
    <message>
        <source>Pictures that were edited: {edited}. Pictures that are gone: {gone_count}.</source>
        <translation>Bearbeitete Bilder: {edited}. Fehlende Bilder: {gone_count}.</translation>
    </message>
    <message>
        <source>LoRA Studio can use only {there} in this computer. Nothing was started.</source>
        <translation>LoRA Studio kann in diesem Rechner nur {there} davon verwenden. Nichts wurde gestartet.</translation>
    </message>
    <message>
        <source>{edited} were edited, {missing} are gone: {missing_2}. Going on would not give the same result; what was saved is untouched.</source>
        <translation>{edited} wurden bearbeitet, {missing} sind weg: {missing_2}. Weitermachen ergäbe nicht dasselbe; Gesichertes ist unversehrt.</translation>
    </message>
    <message>
        <source>Put the pictures back, or start a new run.</source>
        <translation>Die Bilder zurücklegen oder einen neuen Lauf starten.</translation>
    </message>
    <message>
        <source>A memory limit of {limit_gib} GB leaves nothing to train with.</source>
        <translation>Eine Speichergrenze von {limit_gib} GB lässt nichts zum Trainieren übrig.</translation>
    </message>
    <message>
        <source>The driver alone takes about half a GB.</source>
        <translation>Der Treiber allein nimmt etwa ein halbes GB.</translation>
    </message>
    <message>
        <source>LoRA Studio found no such device. It computes with PyTorch {version__}.</source>
        <translation>LoRA Studio hat kein solches Gerät gefunden. Es rechnet mit PyTorch {version__}.</translation>
    </message>
    <message>
        <source>Set “Device” to auto. If the card came in later, `python3 packaging/bootstrap.py --fresh app` installs what it needs.</source>
        <translation>Stellen Sie „Gerät“ auf auto. Kam die Karte später dazu, installiert `python3 packaging/bootstrap.py --fresh app`, was sie braucht.</translation>
    </message>
    <message>
        <source>fp16 needs a graphics card.</source>
        <translation>fp16 braucht eine Grafikkarte.</translation>
    </message>
    <message>
        <source>This training runs on the processor.</source>
        <translation>Dieses Training läuft auf dem Prozessor.</translation>
    </message>
    <message>
        <source>The adapter&apos;s numbers went out of range.</source>
        <translation>Die Zahlen des Adapters liefen aus dem Rahmen.</translation>
    </message>
    <message>
        <source>{bad} of its layers hold values that are not numbers. Nothing of it was saved; earlier epochs are untouched.</source>
        <translation>{bad} seiner Schichten enthalten Werte, die keine Zahlen sind. Nichts davon wurde gesichert; frühere Epochen sind unversehrt.</translation>
    </message>
    <message>
        <source>Start again with a lower learning rate.</source>
        <translation>Mit kleinerer Lernrate neu starten.</translation>
    </message>
    <message>
        <source>The base model changed since this run was made.</source>
        <translation>Das Basismodell hat sich geändert, seit dieser Lauf entstand.</translation>
    </message>
    <message>
        <source>{source} holds another model now. What was saved is untouched.</source>
        <translation>In {source} liegt jetzt ein anderes Modell. Gesichertes ist unversehrt.</translation>
    </message>
    <message>
        <source>Put the earlier model back, or start a new run.</source>
        <translation>Das frühere Modell zurücklegen oder einen neuen Lauf starten.</translation>
    </message>
    <message>
        <source>The numbers went out of range at step {step}.</source>
        <translation>Die Zahlen liefen bei Schritt {step} aus dem Rahmen.</translation>
    </message>
    <message>
        <source>Training went back to step {saved_step} and tried {value} more times. Everything saved is untouched.</source>
        <translation>Das Training ging auf Schritt {saved_step} zurück und versuchte es noch {value}-mal. Alles Gesicherte ist unversehrt.</translation>
    </message>
    <message>
        <source>Start again with a lower learning rate; half is a good start.</source>
        <translation>Mit kleinerer Lernrate neu starten; die Hälfte ist ein guter Anfang.</translation>
    </message>
    <message>
        <source>Training went back to step {step} and tries again with other noise.</source>
        <translation>Das Training ging auf Schritt {step} zurück und versucht es mit anderem Rauschen.</translation>
    </message>
    <message>
        <source>{name} does not agree with its own note.</source>
        <translation>{name} stimmt nicht mit der eigenen Notiz überein.</translation>
    </message>
    <message>
        <source>Found: {why}.</source>
        <translation>Gefunden: {why}.</translation>
    </message>
    <message>
        <source>Use another checkpoint of the run; the older ones are untouched.</source>
        <translation>Eine andere Sicherung des Laufs nehmen; die älteren sind unversehrt.</translation>
    </message>
    <message>
        <source>{name} was not saved by LoRA Studio&apos;s trainer.</source>
        <translation>{name} stammt nicht vom Training von LoRA Studio.</translation>
    </message>
    <message>
        <source>It has no note about its modules.</source>
        <translation>Die Notiz über die Module fehlt.</translation>
    </message>
    <message>
        <source>Choose a checkpoint of one of your runs.</source>
        <translation>Eine Sicherung aus einem eigenen Lauf wählen.</translation>
    </message>
    <message>
        <source>{name} is the name of a file, but {name_2} is a folder, and so the result is.</source>
        <translation>{name} ist der Name einer Datei, aber {name_2} ist ein Ordner und das Ergebnis darum auch.</translation>
    </message>
    <message>
        <source>The result cannot be saved into the model it comes from.</source>
        <translation>Das Ergebnis kann nicht in das Modell gespeichert werden, aus dem es entsteht.</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>Einen anderen Ordner wählen.</translation>
    </message>
    <message>
        <source>{name} lacks a layer that {name_2} changes.</source>
        <translation>{name} fehlt eine Schicht, die {name_2} ändert.</translation>
    </message>
    <message>
        <source>It is called {place}. Nothing was written.</source>
        <translation>Sie heißt {place}. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>Choose the base that the adapter was trained on.</source>
        <translation>Das Basismodell wählen, auf dem der Adapter trainiert wurde.</translation>
    </message>
    <message>
        <source>{name} and {name_2} are of different sizes.</source>
        <translation>{name} und {name_2} sind verschieden groß.</translation>
    </message>
    <message>
        <source>The change to {place} does not fit. Nothing was written.</source>
        <translation>Die Änderung an {place} passt nicht. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>{name} is stored in numbers that nothing can be added to.</source>
        <translation>{name} ist in Zahlen gespeichert, zu denen man nichts addieren kann.</translation>
    </message>
    <message>
        <source>{tensor} is {dtype}. Nothing was written.</source>
        <translation>{tensor} ist {dtype}. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>Choose a version of it in fp16, bf16 or fp32.</source>
        <translation>Eine Fassung in fp16, bf16 oder fp32 wählen.</translation>
    </message>
    <message>
        <source>The sum is too large for the number format of the base.</source>
        <translation>Die Summe ist zu groß für das Zahlenformat des Basismodells.</translation>
    </message>
    <message>
        <source>First found in {name}. Nothing was written, the base is untouched.</source>
        <translation>Zuerst gefunden in {name}. Nichts wurde geschrieben, das Basismodell ist unverändert.</translation>
    </message>
    <message>
        <source>Use lower strengths, or a version of the base in fp32.</source>
        <translation>Kleinere Stärken nehmen oder eine Fassung des Basismodells in fp32.</translation>
    </message>
    <message>
        <source>1 is as trained, below 0 the other way round.</source>
        <translation>1 ist wie trainiert, unter 0 umgekehrt.</translation>
    </message>
    <message>
        <source>Give another strength, as in FILE:0.8.</source>
        <translation>Eine andere Stärke angeben, etwa DATEI:0.8.</translation>
    </message>
    <message>
        <source>{name} is not for a base like {name_2}.</source>
        <translation>{name} ist nicht für ein Basismodell wie {name_2}.</translation>
    </message>
    <message>
        <source>The adapter is for {family}, the base is {family_2}. Nothing was written.</source>
        <translation>Der Adapter ist für {family}, das Basismodell ist {family_2}. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>Choose a base of the adapter&apos;s own family.</source>
        <translation>Ein Basismodell aus der Familie des Adapters wählen.</translation>
    </message>
    <message>
        <source>It is a ControlNet, which only steers a model.</source>
        <translation>Das ist ein ControlNet; es lenkt nur ein Modell.</translation>
    </message>
    <message>
        <source>It is a Stable Diffusion 3 model.</source>
        <translation>Das ist ein Modell von Stable Diffusion 3.</translation>
    </message>
    <message>
        <source>It is a Flux model.</source>
        <translation>Das ist ein Flux-Modell.</translation>
    </message>
    <message>
        <source>It is a text encoder alone, one part of a model.</source>
        <translation>Das ist nur ein Textencoder, ein Teil eines Modells.</translation>
    </message>
    <message>
        <source>It is a UNet alone, one part of a model.</source>
        <translation>Das ist nur ein UNet, ein Teil eines Modells.</translation>
    </message>
    <message>
        <source>It is a VAE alone, one part of a model.</source>
        <translation>Das ist nur eine VAE, ein Teil eines Modells.</translation>
    </message>
    <message>
        <source>It is stored in 8-bit numbers, too coarse to train with.</source>
        <translation>Es ist in 8-Bit-Zahlen gespeichert, zu grob zum Trainieren.</translation>
    </message>
    <message>
        <source>It has no {missing}, so it is not a whole model.</source>
        <translation>Es fehlt: {missing}. Das Modell ist also nicht ganz.</translation>
    </message>
    <message>
        <source>It is an adapter (a LoRA), which changes a base model and is none itself.</source>
        <translation>Das ist ein Adapter (eine LoRA); er verändert ein Basismodell und ist selbst keines.</translation>
    </message>
    <message>
        <source>It is a model of another kind: {width} numbers for text and {vector} for sizes fit no family.</source>
        <translation>Das ist ein Modell anderer Art: {width} Zahlen für Text und {vector} für Größen passen zu keiner Familie.</translation>
    </message>
    <message>
        <source>It is none of the kinds of files that the app knows.</source>
        <translation>Das ist keine der Arten von Dateien, die die App kennt.</translation>
    </message>
    <message>
        <source>The result cannot be saved over the file it comes from.</source>
        <translation>Das Ergebnis kann nicht über die Datei gespeichert werden, aus der es entsteht.</translation>
    </message>
    <message>
        <source>Choose another file name for --out.</source>
        <translation>Einen anderen Dateinamen für --out wählen.</translation>
    </message>
    <message>
        <source>An adapter cannot be without a title.</source>
        <translation>Ein Adapter kann nicht ohne Titel sein.</translation>
    </message>
    <message>
        <source>ModelSpec demands one. Nothing was written.</source>
        <translation>ModelSpec verlangt einen. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>Give a title, or leave --title out to keep the one it has.</source>
        <translation>Einen Titel angeben, oder --title weglassen, um den vorhandenen zu behalten.</translation>
    </message>
    <message>
        <source>The file would say more about itself than programs read.</source>
        <translation>Die Datei würde mehr über sich sagen, als Programme lesen.</translation>
    </message>
    <message>
        <source>All its metadata together may have 0.9 MB. Nothing was written.</source>
        <translation>Alle Metadaten zusammen dürfen 0,9 MB haben. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>Shorten the description, or take away how it was trained with --remove-settings.</source>
        <translation>Die Beschreibung kürzen, oder mit --remove-settings herausnehmen, wie trainiert wurde.</translation>
    </message>
    <message>
        <source>The adapter changes nothing, so it was not saved.</source>
        <translation>Der Adapter ändert nichts und wurde darum nicht gespeichert.</translation>
    </message>
    <message>
        <source>Every layer in it is zero. Your checkpoints are untouched.</source>
        <translation>Jede Schicht darin ist null. Die Speicherpunkte sind unverändert.</translation>
    </message>
    <message>
        <source>Save a later epoch, or train with a higher learning rate.</source>
        <translation>Eine spätere Epoche speichern oder mit höherer Lernrate trainieren.</translation>
    </message>
    <message>
        <source>The adapter changes nothing.</source>
        <translation>Der Adapter ändert nichts.</translation>
    </message>
    <message>
        <source>Every layer in it is zero, so pictures are those of the base alone.</source>
        <translation>Jede Schicht darin ist null, die Bilder sind also die des Basismodells allein.</translation>
    </message>
    <message>
        <source>Some layers of the adapter change nothing.</source>
        <translation>Einige Schichten des Adapters ändern nichts.</translation>
    </message>
    <message>
        <source>{dead} of {norms}, such as {dead_2}.</source>
        <translation>{dead} von {norms}, etwa {dead_2}.</translation>
    </message>
    <message>
        <source>The difference between {name} and {name_2}.</source>
        <translation>Der Unterschied zwischen {name} und {name_2}.</translation>
    </message>
    <message>
        <source>{name} lacks layers of the other model.</source>
        <translation>{name} fehlen Schichten des anderen Modells.</translation>
    </message>
    <message>
        <source>First missing: {place}. Nothing was written.</source>
        <translation>Zuerst fehlt: {place}. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>Choose the base it was trained from.</source>
        <translation>Das Basismodell wählen, aus dem es trainiert wurde.</translation>
    </message>
    <message>
        <source>The two models are of different families, so their difference means nothing.</source>
        <translation>Die beiden Modelle sind aus verschiedenen Familien, ihr Unterschied bedeutet also nichts.</translation>
    </message>
    <message>
        <source>{name} is {family}, {name_2} is {family_2}.</source>
        <translation>{name} ist {family}, {name_2} ist {family_2}.</translation>
    </message>
    <message>
        <source>The two models answer differently, so no adapter can turn one into the other.</source>
        <translation>Die beiden Modelle antworten verschieden, kein Adapter macht aus einem das andere.</translation>
    </message>
    <message>
        <source>{name} predicts {tuned}, {name_2} {base}.</source>
        <translation>{name} sagt {tuned} vorher, {name_2} {base}.</translation>
    </message>
    <message>
        <source>{name} and {name_2} do not differ in these layers.</source>
        <translation>{name} und {name_2} unterscheiden sich in diesen Schichten nicht.</translation>
    </message>
    <message>
        <source>All {pairs} have the same numbers, but for rounding. Nothing was written.</source>
        <translation>Alle {pairs} haben bis auf Rundung dieselben Zahlen. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>Choose the tuned model and its base, or more layers with --targets and --text-encoder.</source>
        <translation>Das trainierte Modell und sein Basismodell wählen, oder mehr Schichten mit --targets und --text-encoder.</translation>
    </message>
    <message>
        <source>{name} holds numbers that are not finite, so it draws black pictures.</source>
        <translation>{name} enthält Zahlen, die nicht endlich sind, und zeichnet darum schwarze Bilder.</translation>
    </message>
    <message>
        <source>First found in {place}. Nothing was written.</source>
        <translation>Zuerst gefunden in {place}. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>Get the file again from where it came.</source>
        <translation>Die Datei noch einmal von dort holen, wo sie herkam.</translation>
    </message>
    <message>
        <source>The two models are of different sizes, so they have no difference.</source>
        <translation>Die beiden Modelle sind verschieden groß, also gibt es keinen Unterschied zu bilden.</translation>
    </message>
    <message>
        <source>{place} is {shape} in {name} and {shape_2} in {name_2}.</source>
        <translation>{place} ist {shape} in {name} und {shape_2} in {name_2}.</translation>
    </message>
    <message>
        <source>Give it the ending .ckpt, then lora-studio convert-ckpt writes it as .safetensors.</source>
        <translation>Ihr die Endung .ckpt geben, dann schreibt lora-studio convert-ckpt sie als .safetensors.</translation>
    </message>
    <message>
        <source>Some modules do not hold two matrices that fit.</source>
        <translation>Einige Module enthalten keine zwei passenden Matrizen.</translation>
    </message>
    <message>
        <source>Such as {name}.</source>
        <translation>Etwa {name}.</translation>
    </message>
    <message>
        <source>diffusers does not read all of this text encoder part.</source>
        <translation>diffusers liest diesen Teil für den Textencoder nicht ganz.</translation>
    </message>
    <message>
        <source>It takes attention layers only where out_proj is among them.</source>
        <translation>Es nimmt Attention-Schichten nur, wenn out_proj dabei ist.</translation>
    </message>
    <message>
        <source>First found in {broken}. It would paint black pictures.</source>
        <translation>Zuerst gefunden in {broken}. Er würde schwarze Bilder malen.</translation>
    </message>
    <message>
        <source>It refuses a file that mixes two kinds of block names.</source>
        <translation>Es lehnt eine Datei ab, die zwei Arten von Blocknamen mischt.</translation>
    </message>
    <message>
        <source>It finds nothing in the file that tells the base model.</source>
        <translation>Es findet in der Datei nichts, was das Basismodell nennt.</translation>
    </message>
    <message>
        <source>It takes the file for one of SDXL, because of a layer that comes first.</source>
        <translation>Es hält die Datei für eine von SDXL, wegen einer Schicht, die zuerst kommt.</translation>
    </message>
    <message>
        <source>It is an epoch of this app: export it first.</source>
        <translation>Es ist eine Epoche dieser App: erst exportieren.</translation>
    </message>
    <message>
        <source>Nobody has tried such a file with it.</source>
        <translation>So eine Datei hat damit noch niemand probiert.</translation>
    </message>
    <message>
        <source>It takes a text encoder&apos;s attention only where out_proj is among it.</source>
        <translation>Es nimmt die Attention eines Textencoders nur, wenn out_proj dabei ist.</translation>
    </message>
    <message>
        <source>It takes this text encoder&apos;s attention only where query, key, value and output are all there.</source>
        <translation>Es nimmt die Attention dieses Textencoders nur, wo query, key, value und output alle da sind.</translation>
    </message>
    <message>
        <source>It takes strength 0 for full strength.</source>
        <translation>Es hält Stärke 0 für volle Stärke.</translation>
    </message>
    <message>
        <source>It gives attention layers one common strength, but they have different ones.</source>
        <translation>Es gibt Attention-Schichten eine gemeinsame Stärke, sie haben aber verschiedene.</translation>
    </message>
    <message>
        <source>It does not know some of the keys.</source>
        <translation>Es kennt einige der Schlüssel nicht.</translation>
    </message>
    <message>
        <source>Nobody has tried strength 0 with it.</source>
        <translation>Stärke 0 hat damit noch niemand probiert.</translation>
    </message>
    <message>
        <source>It has no Practice base.</source>
        <translation>Es hat kein Übungsmodell.</translation>
    </message>
    <message>
        <source>It does not know some of the layers.</source>
        <translation>Es kennt einige der Schichten nicht.</translation>
    </message>
    <message>
        <source>It refuses a file with more than {max_unmatched} keys it does not know.</source>
        <translation>Es lehnt eine Datei mit mehr als {max_unmatched} unbekannten Schlüsseln ab.</translation>
    </message>
    <message>
        <source>It cannot tell what this text encoder part is without out_proj or mlp.</source>
        <translation>Ohne out_proj oder mlp kann es nicht sagen, was dieser Teil des Textencoders ist.</translation>
    </message>
    <message>
        <source>Make it plain first: `lora-studio convert FILE --to-plain{base}`, or Convert in the Library.</source>
        <translation>Erst vereinfachen: `lora-studio convert FILE --to-plain{base}` oder „Umwandeln“ in der Bibliothek.</translation>
    </message>
    <message>
        <source>{name} is {kind}; this works only with plain LoRA files.</source>
        <translation>{name} ist {kind}; das geht nur mit einfachen LoRA-Dateien.</translation>
    </message>
    <message>
        <source>Its change is not one product of two matrices for each layer, so the result would be wrong.</source>
        <translation>Ihre Änderung ist nicht in jeder Schicht ein Produkt zweier Matrizen; das Ergebnis wäre falsch.</translation>
    </message>
    <message>
        <source>Train with one of the choices that “Layers” offers, then save again.</source>
        <translation>Mit einer der Möglichkeiten trainieren, die „Schichten“ anbietet, dann neu speichern.</translation>
    </message>
    <message>
        <source>Its rank is {largest}, and yours is {rank}.</source>
        <translation>Ihr Rang ist {largest}, eingestellt ist {rank}.</translation>
    </message>
    <message>
        <source>It holds layers that the setting “Layers” leaves out: {beyond}.</source>
        <translation>Sie enthält Schichten, die die Einstellung „Schichten“ auslässt: {beyond}.</translation>
    </message>
    <message>
        <source>It holds layers of the text encoder, and “Train the text encoder” is off.</source>
        <translation>Sie enthält Schichten des Textteils, und „Textteil mit trainieren“ ist aus.</translation>
    </message>
    <message>
        <source>Small pictures need fine steps, and 16 pixels are the finest that this model can draw.</source>
        <translation>Kleine Bilder brauchen feine Schritte, und feiner als 16 Pixel kann dieses Modell nicht.</translation>
    </message>
    <message>
        <source>16 was used in everything that was tried; the file is 1.0 to 1.6 MB.</source>
        <translation>16 galt in allem, was ausprobiert wurde; die Datei hat 1,0 bis 1,6 MB.</translation>
    </message>
    <message>
        <source>The adapter is so small that the 8-bit kind would save nothing.</source>
        <translation>Der Adapter ist so klein, dass die 8-bit-Art nichts sparen würde.</translation>
    </message>
    <message>
        <source>Tried out from 0.0005 to 0.0015.</source>
        <translation>Ausprobiert von 0,0005 bis 0,0015.</translation>
    </message>
    <message>
        <source>Takes a quarter of AdamW&apos;s memory and learns alike.</source>
        <translation>Braucht ein Viertel des Speichers von AdamW und lernt gleich gut.</translation>
    </message>
    <message>
        <source>A few looks without a caption keep the figure recognisable under any words.</source>
        <translation>Einige Ansichten ohne Beschreibung halten die Figur bei allen Wörtern erkennbar.</translation>
    </message>
    <message>
        <source>Tried out: 120 steps for 24 pictures hold hair and face.</source>
        <translation>Ausprobiert: 120 Schritte für 24 Bilder halten Haar und Gesicht.</translation>
    </message>
    <message>
        <source>Tried out: words such as person and smiling would move with the character.</source>
        <translation>Ausprobiert: Wörter wie person und smiling würden sich mit der Figur verschieben.</translation>
    </message>
    <message>
        <source>Tried out: at a third of it the likeness was less than half as strong.</source>
        <translation>Ausprobiert: Bei einem Drittel davon war die Ähnlichkeit nicht halb so stark.</translation>
    </message>
    <message>
        <source>Taken over from what was tried with characters.</source>
        <translation>Übernommen von dem, was mit Figuren ausprobiert wurde.</translation>
    </message>
    <message>
        <source>Tried out: 120 steps for 24 pictures show the style plainly.</source>
        <translation>Ausprobiert: 120 Schritte für 24 Bilder zeigen den Stil deutlich.</translation>
    </message>
    <message>
        <source>Tried out: with an unknown word first, this small model loses the subject.</source>
        <translation>Ausprobiert: Mit einem unbekannten Wort am Anfang verliert dieses kleine Modell das Motiv.</translation>
    </message>
    <message>
        <source>Tried out: without it, a prompt without the trigger word moved two thirds as much.</source>
        <translation>Ausprobiert: Ohne ihn verschob sich ein Prompt ohne Auslösewort zwei Drittel so stark.</translation>
    </message>
    <message>
        <source>Tried out: the style is plain after 120 steps.</source>
        <translation>Ausprobiert: Nach 120 Schritten ist der Stil deutlich.</translation>
    </message>
    <message>
        <source>`lora-studio inspect` tells what the file holds.</source>
        <translation>`lora-studio inspect` sagt, was die Datei enthält.</translation>
    </message>
    <message>
        <source>{name} cannot be read as a LoRA without guessing.</source>
        <translation>{name} lässt sich nicht ohne Raten als LoRA lesen.</translation>
    </message>
    <message>
        <source>Found: {why}. The file is untouched.</source>
        <translation>Gefunden: {why}. Die Datei ist unverändert.</translation>
    </message>
    <message>
        <source>{name} does not tell which base model it is for.</source>
        <translation>{name} sagt nicht, für welches Basismodell sie ist.</translation>
    </message>
    <message>
        <source>Neither its metadata nor its layers say it.</source>
        <translation>Weder die Metadaten noch die Schichten sagen es.</translation>
    </message>
    <message>
        <source>Say it yourself with --family sd1, sd2, sdxl or practice.</source>
        <translation>Selbst angeben mit --family sd1, sd2, sdxl oder practice.</translation>
    </message>
    <message>
        <source>{name} does not say how strong it is.</source>
        <translation>{name} sagt nicht, wie stark sie ist.</translation>
    </message>
    <message>
        <source>Put both files into one folder.</source>
        <translation>Beide Dateien in einen Ordner legen.</translation>
    </message>
    <message>
        <source>{name} changes a layer that the family {family} does not have.</source>
        <translation>{name} ändert eine Schicht, die die Familie {family} nicht hat.</translation>
    </message>
    <message>
        <source>It is called {name}. Nothing was written.</source>
        <translation>Sie heißt {name}. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>If the family is wrong, say the right one with --family; `lora-studio inspect` shows what is known.</source>
        <translation>Ist die Familie falsch, die richtige mit --family angeben; `lora-studio inspect` zeigt, was bekannt ist.</translation>
    </message>
    <message>
        <source>{name} cannot count {weight} times.</source>
        <translation>{name} kann nicht {weight}-fach zählen.</translation>
    </message>
    <message>
        <source>With 0 it would leave nothing behind.</source>
        <translation>Mit 0 bliebe nichts davon übrig.</translation>
    </message>
    <message>
        <source>Leave it out, or give another weight, as in FILE:0.8.</source>
        <translation>Weglassen oder ein anderes Gewicht angeben, etwa DATEI:0.8.</translation>
    </message>
    <message>
        <source>These files are for different base models, so they cannot become one.</source>
        <translation>Diese Dateien sind für verschiedene Basismodelle und können nicht eine werden.</translation>
    </message>
    <message>
        <source>{name} is for {family}, {name_2} for {family_2}.</source>
        <translation>{name} ist für {family}, {name_2} für {family_2}.</translation>
    </message>
    <message>
        <source>Merge only files for the same base.</source>
        <translation>Nur Dateien für dieselbe Basis zusammenführen.</translation>
    </message>
    <message>
        <source>{names} are for bases of different sizes.</source>
        <translation>{names} sind für Basen verschiedener Größe.</translation>
    </message>
    <message>
        <source>Their changes to {path} do not fit one another.</source>
        <translation>Ihre Änderungen an {path} passen nicht zueinander.</translation>
    </message>
    <message>
        <source>The original layout of its family has no such module.</source>
        <translation>Die ursprüngliche Anordnung seiner Familie hat kein solches Modul.</translation>
    </message>
    <message>
        <source>It does not know text encoder keys without text_model.</source>
        <translation>Es kennt keine Schlüssel des Textencoders ohne text_model.</translation>
    </message>
    <message>
        <source>It does not know the names of this scheme.</source>
        <translation>Es kennt die Namen dieses Schemas nicht.</translation>
    </message>
    <message>
        <source>It takes one layer of SDXL for one that does not exist.</source>
        <translation>Es hält eine Schicht von SDXL für eine, die es nicht gibt.</translation>
    </message>
    <message>
        <source>It reads this DoRA the other way round, so pictures differ much.</source>
        <translation>Es liest dieses DoRA anders herum, die Bilder weichen also stark ab.</translation>
    </message>
    <message>
        <source>It applies half of this scheme: text encoders, but not the attention of the UNet.</source>
        <translation>Es wendet dieses Schema halb an: Textencoder ja, Attention des UNet nein.</translation>
    </message>
    <message>
        <source>It weighs DoRA by the layer as it was, so pictures differ a little.</source>
        <translation>Es wiegt DoRA nach der Schicht, wie sie war, die Bilder weichen also etwas ab.</translation>
    </message>
    <message>
        <source>It needs both halves of each layer.</source>
        <translation>Es braucht beide Hälften jeder Schicht.</translation>
    </message>
    <message>
        <source>It reads plain LoRA files only.</source>
        <translation>Es liest nur einfache LoRA-Dateien.</translation>
    </message>
    <message>
        <source>It leaves out what makes this a DoRA.</source>
        <translation>Es lässt weg, was dies zu einem DoRA macht.</translation>
    </message>
    <message>
        <source>It does not find the layers by these names.</source>
        <translation>Unter diesen Namen findet es die Schichten nicht.</translation>
    </message>
    <message>
        <source>It passes over names without the part of the model in front.</source>
        <translation>Namen ohne den Modellteil davor übergeht es.</translation>
    </message>
    <message>
        <source>It does not read text encoders in this old scheme.</source>
        <translation>Es liest in diesem alten Schema keine Textencoder.</translation>
    </message>
    <message>
        <source>It does not know the names of this scheme for the attention of the UNet.</source>
        <translation>Es kennt die Namen dieses Schemas für die Attention des UNet nicht.</translation>
    </message>
    <message>
        <source>It does not read this scheme.</source>
        <translation>Es liest dieses Schema nicht.</translation>
    </message>
    <message>
        <source>It does not know this kind of adapter.</source>
        <translation>Es kennt diese Art Adapter nicht.</translation>
    </message>
    <message>
        <source>It has no place for the first, the last and the embedding layers.</source>
        <translation>Es hat keinen Platz für die ersten, die letzten und die Einbettungsschichten.</translation>
    </message>
    <message>
        <source>It does not read whole differences of layers.</source>
        <translation>Es liest keine ganzen Unterschiede von Schichten.</translation>
    </message>
    <message>
        <source>{strength} cannot be the strength of an adapter file.</source>
        <translation>{strength} kann nicht die Stärke einer Adapterdatei sein.</translation>
    </message>
    <message>
        <source>It may be from {value} to {value_2}; 1 is as trained. Nothing was written.</source>
        <translation>Erlaubt ist {value} bis {value_2}; 1 ist wie trainiert. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>The saved adapter did not pass its check.</source>
        <translation>Der gespeicherte Adapter hat seine Prüfung nicht bestanden.</translation>
    </message>
    <message>
        <source>Found: {problems}{more}. Your checkpoints are untouched.</source>
        <translation>Gefunden: {problems}{more}. Die Sicherungen sind unversehrt.</translation>
    </message>
    <message>
        <source>Save again, or save to another drive.</source>
        <translation>Noch einmal oder auf ein anderes Laufwerk speichern.</translation>
    </message>
    <message>
        <source>The adapter cannot be saved over the checkpoint it comes from.</source>
        <translation>Der Adapter kann nicht über die Sicherung gespeichert werden, aus der er stammt.</translation>
    </message>
    <message>
        <source>{name} is untouched.</source>
        <translation>{name} ist unversehrt.</translation>
    </message>
    <message>
        <source>Choose another file name.</source>
        <translation>Einen anderen Dateinamen wählen.</translation>
    </message>
    <message>
        <source>The adapter holds numbers that are not finite, so it was not saved.</source>
        <translation>Der Adapter enthält Zahlen, die nicht endlich sind, und wurde deshalb nicht gespeichert.</translation>
    </message>
    <message>
        <source>Save an earlier epoch, and train with a lower learning rate.</source>
        <translation>Eine frühere Epoche speichern und mit kleinerer Lernrate trainieren.</translation>
    </message>
    <message>
        <source>The numbers of this adapter do not fit the small format ({dtype}).</source>
        <translation>Die Zahlen dieses Adapters passen nicht in das kleine Format ({dtype}).</translation>
    </message>
    <message>
        <source>Save it as bf16 or fp32 instead.</source>
        <translation>Stattdessen als bf16 oder fp32 speichern.</translation>
    </message>
    <message>
        <source>{name} was not opened, because it is not built like an honest model file.</source>
        <translation>{name} wurde nicht geöffnet, weil es nicht wie eine ehrliche Modelldatei gebaut ist.</translation>
    </message>
    <message>
        <source>Reason: {why}. Nothing in it was run or loaded.</source>
        <translation>Grund: {why}. Nichts darin wurde ausgeführt oder geladen.</translation>
    </message>
    <message>
        <source>Get the file again from a source you trust.</source>
        <translation>Die Datei neu aus vertrauter Quelle holen.</translation>
    </message>
    <message>
        <source>It is only {file_size}: not even its table of contents is there.</source>
        <translation>Sie hat nur {file_size}: Nicht einmal ihr Inhaltsverzeichnis ist da.</translation>
    </message>
    <message>
        <source>Download or copy the file again.</source>
        <translation>Die Datei neu herunterladen oder kopieren.</translation>
    </message>
    <message>
        <source>It does not begin like one.</source>
        <translation>Sie beginnt nicht wie eine.</translation>
    </message>
    <message>
        <source>Choose a file that ends in .safetensors.</source>
        <translation>Eine Datei wählen, die auf .safetensors endet.</translation>
    </message>
    <message>
        <source>{name} is not a safetensors file.</source>
        <translation>{name} ist keine safetensors-Datei.</translation>
    </message>
    <message>
        <source>It looks like an older .ckpt or .pt file.</source>
        <translation>Das sieht nach einer älteren .ckpt- oder .pt-Datei aus.</translation>
    </message>
    <message>
        <source>It is only a note that stands for a large file (Git LFS), not the file itself.</source>
        <translation>Sie ist nur ein Platzhalter für eine große Datei (Git LFS), nicht die Datei selbst.</translation>
    </message>
    <message>
        <source>Download the file itself.</source>
        <translation>Die Datei selbst herunterladen.</translation>
    </message>
    <message>
        <source>{name} is not there any more.</source>
        <translation>{name} ist nicht mehr da.</translation>
    </message>
    <message>
        <source>The drive may be unplugged or the file moved.</source>
        <translation>Vielleicht ist das Laufwerk nicht angeschlossen oder die Datei verschoben.</translation>
    </message>
    <message>
        <source>Choose the file again.</source>
        <translation>Die Datei neu wählen.</translation>
    </message>
    <message>
        <source>{name} cannot be opened.</source>
        <translation>{name} lässt sich nicht öffnen.</translation>
    </message>
    <message>
        <source>The system says: {strerror}.</source>
        <translation>Das System sagt: {strerror}.</translation>
    </message>
    <message>
        <source>This training runs on {type}, where there is nothing to move its memory off.</source>
        <translation>Dieses Training läuft auf {type}, wo es keinen Speicher auszulagern gibt.</translation>
    </message>
    <message>
        <source>The optimiser {optimizer} does not run on this computer.</source>
        <translation>Der Optimierer {optimizer} läuft auf diesem Rechner nicht.</translation>
    </message>
    <message>
        <source>Check that you may read the file and that no other program holds it.</source>
        <translation>Prüfen, ob die Datei gelesen werden darf und kein anderes Programm sie hält.</translation>
    </message>
    <message>
        <source>It looks like a web page saved in place of the file.</source>
        <translation>Das sieht nach einer Webseite aus, die statt der Datei gespeichert wurde.</translation>
    </message>
    <message>
        <source>Download the file again.</source>
        <translation>Die Datei neu herunterladen.</translation>
    </message>
    <message>
        <source>The file holds keys that do not belong to an adapter.</source>
        <translation>Die Datei enthält Schlüssel, die nicht zu einem Adapter gehören.</translation>
    </message>
    <message>
        <source>{name} is not an adapter the app can read.</source>
        <translation>{name} ist kein Adapter, den die App lesen kann.</translation>
    </message>
    <message>
        <source>It looks like {looks_like}.</source>
        <translation>Das sieht nach {looks_like} aus.</translation>
    </message>
    <message>
        <source>Choose a LoRA file that ends in .safetensors.</source>
        <translation>Eine LoRA-Datei wählen, die auf .safetensors endet.</translation>
    </message>
    <message>
        <source>The file says {claimed}, its contents {family}.</source>
        <translation>Die Datei sagt {claimed}, ihr Inhalt {family}.</translation>
    </message>
    <message>
        <source>The file does not say how strong it is.</source>
        <translation>Die Datei sagt nicht, wie stark sie wirkt.</translation>
    </message>
    <message>
        <source>Programs will use it at full strength.</source>
        <translation>Programme verwenden sie mit voller Stärke.</translation>
    </message>
    <message>
        <source>Some modules have strength 0.</source>
        <translation>Einige Module haben Stärke 0.</translation>
    </message>
    <message>
        <source>Some programs switch them off, others do not.</source>
        <translation>Manche Programme schalten sie ab, andere nicht.</translation>
    </message>
    <message>
        <source>This is a DoRA adapter.</source>
        <translation>Das ist ein DoRA-Adapter.</translation>
    </message>
    <message>
        <source>Programs read DoRA differently, so pictures will differ.</source>
        <translation>Programme lesen DoRA verschieden, die Bilder weichen also ab.</translation>
    </message>
    <message>
        <source>{strays}, such as {strays_2}. Some programs refuse it.</source>
        <translation>{strays}, etwa {strays_2}. Manche Programme lehnen das ab.</translation>
    </message>
    <message>
        <source>Some modules lack one of their two halves.</source>
        <translation>Einigen Modulen fehlt eine ihrer zwei Hälften.</translation>
    </message>
    <message>
        <source>The text encoder part has names most programs do not know.</source>
        <translation>Der Textteil hat Namen, die die meisten Programme nicht kennen.</translation>
    </message>
    <message>
        <source>Its keys lack text_model, so that part is ignored or the whole file is refused.</source>
        <translation>In seinen Schlüsseln fehlt text_model; dieser Teil bleibt unbeachtet, oder die ganze Datei wird abgelehnt.</translation>
    </message>
    <message>
        <source>InvokeAI cannot tell which base model this adapter is for.</source>
        <translation>InvokeAI kann nicht erkennen, für welches Basismodell dieser Adapter ist.</translation>
    </message>
    <message>
        <source>The module names are not the usual ones for SDXL.</source>
        <translation>Die Modulnamen sind nicht die üblichen für SDXL.</translation>
    </message>
    <message>
        <source>The file was changed after it was made.</source>
        <translation>Die Datei wurde nach dem Erstellen verändert.</translation>
    </message>
    <message>
        <source>Its tensors do not have the hash it states.</source>
        <translation>Ihre Zahlen haben nicht die angegebene Prüfsumme.</translation>
    </message>
    <message>
        <source>Some modules do not say how strong they are.</source>
        <translation>Einige Module sagen nicht, wie stark sie wirken.</translation>
    </message>
    <message>
        <source>The adapter is broken: it holds numbers that are not finite.</source>
        <translation>Der Adapter ist kaputt: Er enthält Zahlen, die nicht endlich sind.</translation>
    </message>
    <message>
        <source>First found in {name}. It would paint black pictures.</source>
        <translation>Zuerst gefunden in {name}. Er würde schwarze Bilder malen.</translation>
    </message>
    <message>
        <source>Name of the file without its ending.</source>
        <translation>Name der Datei ohne Endung.</translation>
    </message>
    <message>
        <source>Folders in front are cut off.</source>
        <translation>Vorangestellte Ordner entfallen.</translation>
    </message>
    <message>
        <source>The adapter has a module that cannot be written to a file: {path}.</source>
        <translation>Der Adapter hat ein Modul, das sich nicht in eine Datei schreiben lässt: {path}.</translation>
    </message>
    <message>
        <source>It is not the path of a module.</source>
        <translation>Das ist nicht der Pfad eines Moduls.</translation>
    </message>
    <message>
        <source>A model of the family {family} has no part called {component}.</source>
        <translation>Ein Modell der Familie {family} hat keinen Teil namens {component}.</translation>
    </message>
    <message>
        <source>Its name in the file would be the same as that of {stem}.</source>
        <translation>Sein Name in der Datei wäre derselbe wie der von {stem}.</translation>
    </message>
    <message>
        <source>The saved model did not pass its check.</source>
        <translation>Das gespeicherte Modell hat seine Prüfung nicht bestanden.</translation>
    </message>
    <message>
        <source>The disk gave back other numbers than were written. No file was left, the base is untouched.</source>
        <translation>Das Laufwerk gab andere Zahlen zurück, als geschrieben wurden. Keine Datei blieb übrig, das Basismodell ist unverändert.</translation>
    </message>
    <message>
        <source>A cartoon woman with a red braid, in twelve moods and four looks. Teaches one character.</source>
        <translation>Eine Frau mit rotem Zopf im Comicstil, in zwölf Stimmungen und vier Kleidungen. Lehrt eine Figur.</translation>
    </message>
    <message>
        <source>Everyday things in angular dark blue lines with one pale blue shade. Teaches a drawing style.</source>
        <translation>Alltägliche Dinge in eckigen dunkelblauen Linien mit einem hellblauen Ton. Lehrt einen Zeichenstil.</translation>
    </message>
    <message>
        <source>Practice base</source>
        <translation>Übungsbasis</translation>
    </message>
    <message>
        <source>The small model inside the app: 128 pixels, icons and faces, trains on any computer.</source>
        <translation>Das kleine Modell in der App: 128 Pixel, Symbole und Gesichter, trainiert auf jedem Rechner.</translation>
    </message>
    <message>
        <source>The size the Practice base was made for.</source>
        <translation>Die Größe, für die die Übungsbasis gemacht ist.</translation>
    </message>
    <message>
        <source>From step {saved_step} on, this run uses less memory.</source>
        <translation>Ab Schritt {saved_step} braucht dieses Training weniger Speicher.</translation>
    </message>
    <message>
        <source>It was {was} up to step {saved_step}, and changed to need less memory.</source>
        <translation>Bis Schritt {saved_step} war es {was}; geändert, um weniger Speicher zu brauchen.</translation>
    </message>
    <message>
        <source>Its settings were not changed.</source>
        <translation>Seine Einstellungen wurden nicht geändert.</translation>
    </message>
    <message>
        <source>Pause it first, then go on with less memory.</source>
        <translation>Erst pausieren, dann mit weniger Speicher fortsetzen.</translation>
    </message>
    <message>
        <source>It has nothing left to do, with less memory or more.</source>
        <translation>Es gibt nichts mehr zu tun, ob mit weniger Speicher oder mehr.</translation>
    </message>
    <message>
        <source>Start a new run instead.</source>
        <translation>Stattdessen ein neues Training beginnen.</translation>
    </message>
    <message>
        <source>This run has nothing left to change that would save memory.</source>
        <translation>An diesem Training lässt sich nichts mehr ändern, das Speicher spart.</translation>
    </message>
    <message>
        <source>Everything that was saved is safe.</source>
        <translation>Alles Gespeicherte ist sicher.</translation>
    </message>
    <message>
        <source>Close other programs and resume, or start a new run with a smaller training size.</source>
        <translation>Andere Programme schließen und fortsetzen, oder ein neues Training mit kleinerer Trainingsgröße beginnen.</translation>
    </message>
    <message>
        <source>It is a model for inpainting: its UNet takes 9 channels instead of 4.</source>
        <translation>Das ist ein Modell fürs Inpainting: Sein UNet nimmt 9 Kanäle statt 4.</translation>
    </message>
    <message>
        <source>It is a model that changes pictures by instruction: its UNet takes 8 channels instead of 4.</source>
        <translation>Das ist ein Modell, das Bilder nach Anweisung ändert: Sein UNet nimmt 8 Kanäle statt 4.</translation>
    </message>
    <message>
        <source>It is a model that draws from depth pictures: its UNet takes 5 channels instead of 4.</source>
        <translation>Das ist ein Modell, das nach Tiefenbildern zeichnet: Sein UNet nimmt 5 Kanäle statt 4.</translation>
    </message>
    <message>
        <source>Its UNet takes {channels} channels instead of 4.</source>
        <translation>Sein UNet nimmt {channels} Kanäle statt 4.</translation>
    </message>
    <message>
        <source>It begins with nothing but zeros: the download may have stopped early.</source>
        <translation>Der Anfang besteht nur aus Nullen: Vielleicht ist das Herunterladen abgebrochen.</translation>
    </message>
    <message>
        <source>Download it again.</source>
        <translation>Bitte neu herunterladen.</translation>
    </message>
    <message>
        <source>{target} was not touched.</source>
        <translation>{target} wurde nicht angerührt.</translation>
    </message>
    <message>
        <source>Measured on this card in {seconds} s.</source>
        <translation>Auf dieser Karte gemessen, in {seconds} s.</translation>
    </message>
    <message>
        <source>That saves about {saved_ms} ms of each step.</source>
        <translation>Das spart etwa {saved_ms} ms je Schritt.</translation>
    </message>
    <message>
        <source>The usual choices are the fastest here.</source>
        <translation>Das Übliche ist hier am schnellsten.</translation>
    </message>
    <message>
        <source>From step {saved_step} on, this run learns from what is left.</source>
        <translation>Ab Schritt {saved_step} lernt dieser Lauf von dem, was noch da ist.</translation>
    </message>
    <message>
        <source>Let the run go on, or switch “Draw samples” on for the next one.</source>
        <translation>Den Lauf fortsetzen oder „Probebilder zeichnen“ für den nächsten einschalten.</translation>
    </message>
    <message>
        <source>Start again with “Recompute to save memory” on, a smaller training size, or “Base in memory” at int8.</source>
        <translation>Neu starten mit „Neu rechnen, um Speicher zu sparen“, kleinerer Trainingsgröße oder „Basis im Speicher“ auf int8.</translation>
    </message>
    <message>
        <source>Set “Graphics cards” to {there}.</source>
        <translation>Stellen Sie „Grafikkarten“ auf {there}.</translation>
    </message>
    <message>
        <source>Raise “Memory limit”, or set it to 0 for no limit.</source>
        <translation>„Speichergrenze“ erhöhen, oder mit 0 die Grenze aufheben.</translation>
    </message>
    <message>
        <source>The optimiser AdamW 8-bit paged needs an NVIDIA card.</source>
        <translation>Der Optimierer AdamW 8-bit paged braucht eine NVIDIA-Karte.</translation>
    </message>
    <message>
        <source>Set “Optimiser” to AdamW 8-bit.</source>
        <translation>„Optimierer“ auf AdamW 8-bit setzen.</translation>
    </message>
    <message>
        <source>Set “Optimiser” to AdamW, or install {name}.</source>
        <translation>„Optimierer“ auf AdamW setzen oder {name} installieren.</translation>
    </message>
    <message>
        <source>This computer cannot train on “{wished}”.</source>
        <translation>Dieser Rechner kann nicht auf „{wished}“ trainieren.</translation>
    </message>
    <message>
        <source>Set “Precision” to auto, fp32 or bf16.</source>
        <translation>„Genauigkeit“ auf auto, fp32 oder bf16 stellen.</translation>
    </message>
    <message>
        <source>That stands in {value}, which is not beside it.</source>
        <translation>Das steht in {value}, und die liegt nicht daneben.</translation>
    </message>
    <message>
        <source>Use that file, or choose another name.</source>
        <translation>Diese Datei benutzen oder einen anderen Namen wählen.</translation>
    </message>
    <message>
        <source>It is in a format that torch left in 2020, and was not opened.</source>
        <translation>Sie hat ein Format, das torch 2020 aufgegeben hat, und wurde nicht geöffnet.</translation>
    </message>
    <message>
        <source>It does not begin like a checkpoint, and was not opened.</source>
        <translation>Sie beginnt nicht wie ein Checkpoint und wurde nicht geöffnet.</translation>
    </message>
    <message>
        <source>{name} cannot be converted.</source>
        <translation>{name} lässt sich nicht umwandeln.</translation>
    </message>
    <message>
        <source>Look for a .safetensors version of it, or for a newer .ckpt.</source>
        <translation>Nach einer .safetensors-Fassung oder einer neueren .ckpt-Datei suchen.</translation>
    </message>
    <message>
        <source>{name} cannot be the name of a converted model.</source>
        <translation>Ein umgewandeltes Modell kann nicht {name} heißen.</translation>
    </message>
    <message>
        <source>Programs know such models by the ending .safetensors.</source>
        <translation>Programme erkennen solche Modelle an der Endung .safetensors.</translation>
    </message>
    <message>
        <source>It holds no weights under names of their own.</source>
        <translation>Darin sind keine Gewichte mit eigenen Namen.</translation>
    </message>
    <message>
        <source>Choose the checkpoint of a whole model.</source>
        <translation>Den Checkpoint eines ganzen Modells wählen.</translation>
    </message>
    <message>
        <source>The numbers of {name} have another checksum than the file states. Nothing was written.</source>
        <translation>Die Zahlen von {name} haben eine andere Prüfsumme, als die Datei angibt. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>{name} changes only biases and norm layers, which no plain LoRA can hold.</source>
        <translation>{name} ändert nur Bias-Werte und Norm-Schichten, die kein einfaches LoRA fassen kann.</translation>
    </message>
    <message>
        <source>{left_out} tensors. Nothing was written.</source>
        <translation>{left_out} Tensoren. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>Use the file as it is.</source>
        <translation>Die Datei so verwenden, wie sie ist.</translation>
    </message>
    <message>
        <source>{name} lacks a layer that the adapter changes.</source>
        <translation>{name} fehlt eine Schicht, die der Adapter ändert.</translation>
    </message>
    <message>
        <source>The adapter and {name} are of different sizes.</source>
        <translation>Der Adapter und {name} sind verschieden groß.</translation>
    </message>
    <message>
        <source>{place} is {shape} in the base and {shape_2} in the adapter. Nothing was written.</source>
        <translation>{place} ist {shape} im Basismodell und {shape_2} im Adapter. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>{name} is a DoRA: what it changes depends on the base it was trained on.</source>
        <translation>{name} ist ein DoRA: Was es ändert, hängt vom Basismodell ab, auf dem es trainiert wurde.</translation>
    </message>
    <message>
        <source>Say which base that is, as in --base MODEL.</source>
        <translation>Angeben, welches Basismodell das ist, etwa mit --base MODEL.</translation>
    </message>
    <message>
        <source>It knows the text encoder of SD 2.x by another name.</source>
        <translation>Es kennt den Textencoder von SD 2.x unter einem anderen Namen.</translation>
    </message>
    <message>
        <source>It stops at a third matrix in a module.</source>
        <translation>Es bricht bei einer dritten Matrix in einem Modul ab.</translation>
    </message>
    <message>
        <source>It does not read changes of norm layers.</source>
        <translation>Es liest keine Änderungen an Norm-Schichten.</translation>
    </message>
    <message>
        <source>Its plain network does not read LoHa and LoKr.</source>
        <translation>Sein einfaches Netz liest LoHa und LoKr nicht.</translation>
    </message>
    <message>
        <source>About you</source>
        <translation>Zur Person</translation>
    </message>
    <message>
        <source>About the adapter</source>
        <translation>Zum Adapter</translation>
    </message>
    <message>
        <source>Cover picture</source>
        <translation>Titelbild</translation>
    </message>
    <message>
        <source>Trigger word and tags</source>
        <translation>Auslösewort und Schlagwörter</translation>
    </message>
    <message>
        <source>Training settings</source>
        <translation>Trainingseinstellungen</translation>
    </message>
    <message>
        <source>When it was trained</source>
        <translation>Wann trainiert wurde</translation>
    </message>
    <message>
        <source>About the pictures</source>
        <translation>Zu den Bildern</translation>
    </message>
    <message>
        <source>What programs need</source>
        <translation>Was Programme brauchen</translation>
    </message>
    <message>
        <source>Made by</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>Titel</translation>
    </message>
    <message>
        <source>Name of the file</source>
        <translation>Name der Datei</translation>
    </message>
    <message>
        <source>Notes</source>
        <translation>Notizen</translation>
    </message>
    <message>
        <source>How to use it</source>
        <translation>Hinweise zur Verwendung</translation>
    </message>
    <message>
        <source>Hash of the base model</source>
        <translation>Prüfsumme des Basismodells</translation>
    </message>
    <message>
        <source>Small picture</source>
        <translation>Kleines Bild</translation>
    </message>
    <message>
        <source>Comment, which is the trigger word</source>
        <translation>Kommentar, also das Auslösewort</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>Schlagwörter</translation>
    </message>
    <message>
        <source>Tags of the captions, counted</source>
        <translation>Schlagwörter der Beschreibungen, gezählt</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>Epoche</translation>
    </message>
    <message>
        <source>Epochs in all</source>
        <translation>Epochen insgesamt</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>Steps in all</source>
        <translation>Schritte insgesamt</translation>
    </message>
    <message>
        <source>Batch size in all</source>
        <translation>Stapelgröße insgesamt</translation>
    </message>
    <message>
        <source>Batches added up for a step</source>
        <translation>Stapel, die für einen Schritt zusammenkommen</translation>
    </message>
    <message>
        <source>Learning rate of the picture part</source>
        <translation>Lernrate des Bildteils</translation>
    </message>
    <message>
        <source>Learning rate of the text part</source>
        <translation>Lernrate des Textteils</translation>
    </message>
    <message>
        <source>Optimizer</source>
        <translation>Optimierer</translation>
    </message>
    <message>
        <source>Course of the learning rate</source>
        <translation>Verlauf der Lernrate</translation>
    </message>
    <message>
        <source>Min-SNR gamma</source>
        <translation>Min-SNR-Gamma</translation>
    </message>
    <message>
        <source>Zero terminal SNR</source>
        <translation>Zero-Terminal-SNR</translation>
    </message>
    <message>
        <source>Share of captions left out</source>
        <translation>Anteil weggelassener Beschreibungen</translation>
    </message>
    <message>
        <source>Layer of the text part</source>
        <translation>Schicht des Textteils</translation>
    </message>
    <message>
        <source>Layer of the text part, once more</source>
        <translation>Schicht des Textteils, noch einmal</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>Verlust</translation>
    </message>
    <message>
        <source>Settings without a usual name</source>
        <translation>Einstellungen ohne üblichen Namen</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>Datum</translation>
    </message>
    <message>
        <source>Began</source>
        <translation>Beginn</translation>
    </message>
    <message>
        <source>Ended</source>
        <translation>Ende</translation>
    </message>
    <message>
        <source>Pictures, repeats included</source>
        <translation>Bilder, mit Wiederholungen</translation>
    </message>
    <message>
        <source>Regularisation pictures</source>
        <translation>Bilder zur Regularisierung</translation>
    </message>
    <message>
        <source>Pictures and repeats</source>
        <translation>Bilder und Wiederholungen</translation>
    </message>
    <message>
        <source>Sizes they were trained at</source>
        <translation>Größen, mit denen trainiert wurde</translation>
    </message>
    <message>
        <source>Training size, once more</source>
        <translation>Trainingsgröße, noch einmal</translation>
    </message>
    <message>
        <source>Version of this list</source>
        <translation>Version dieser Liste</translation>
    </message>
    <message>
        <source>Kind of model</source>
        <translation>Art des Modells</translation>
    </message>
    <message>
        <source>How its layers are named</source>
        <translation>Wie seine Schichten heißen</translation>
    </message>
    <message>
        <source>What the model predicts</source>
        <translation>Was das Modell vorhersagt</translation>
    </message>
    <message>
        <source>Family of the base model</source>
        <translation>Familie des Basismodells</translation>
    </message>
    <message>
        <source>Whether it is for SD 2.x</source>
        <translation>Ob es für SD 2.x ist</translation>
    </message>
    <message>
        <source>How its strength is scaled</source>
        <translation>Wie seine Stärke skaliert wird</translation>
    </message>
    <message>
        <source>Format of the numbers</source>
        <translation>Format der Zahlen</translation>
    </message>
    <message>
        <source>Hash of the numbers</source>
        <translation>Prüfsumme der Zahlen</translation>
    </message>
    <message>
        <source>Hash of the numbers, old kind</source>
        <translation>Prüfsumme der Zahlen, alte Art</translation>
    </message>
    <message>
        <source>Hash of the numbers, once more</source>
        <translation>Prüfsumme der Zahlen, noch einmal</translation>
    </message>
    <message>
        <source>Computed when it is saved.</source>
        <translation>Wird beim Speichern berechnet.</translation>
    </message>
    <message>
        <source>An adapter file says nothing called {name}, so it cannot be left out.</source>
        <translation>Eine Adapterdatei enthält nichts namens {name}, also lässt es sich auch nicht weglassen.</translation>
    </message>
    <message>
        <source>Groups are {groups}; single lines have names such as ss_seed.</source>
        <translation>Gruppen sind {groups}; einzelne Zeilen haben Namen wie ss_seed.</translation>
    </message>
    <message>
        <source>{name} cannot be left out of an adapter file.</source>
        <translation>{name} lässt sich in einer Adapterdatei nicht weglassen.</translation>
    </message>
    <message>
        <source>Programs tell by it what the file is and where it fits.</source>
        <translation>Programme erkennen daran, was die Datei ist und wozu sie passt.</translation>
    </message>
    <message>
        <source>`lora-studio export RUN --list` shows what can be left out.</source>
        <translation>`lora-studio export RUN --list` zeigt, was sich weglassen lässt.</translation>
    </message>
    <message>
        <source>`lora-studio export RUN --list` shows them all.</source>
        <translation>`lora-studio export RUN --list` zeigt sie alle.</translation>
    </message>
    <message>
        <source>Its settings are read; what is trained here is a LoRA, a LoHa or a LoKr.</source>
        <translation>Die Einstellungen sind gelesen; trainiert werden hier ein LoRA, ein LoHa oder ein LoKr.</translation>
    </message>
    <message>
        <source>No choice of layers trains these too.</source>
        <translation>Keine Auswahl an Schichten trainiert auch diese.</translation>
    </message>
    <message>
        <source>It takes {info}.</source>
        <translation>Möglich ist {info}.</translation>
    </message>
    <message>
        <source>It differs by layer; here all layers share one.</source>
        <translation>Dort ist es je Schicht verschieden, hier gilt eines für alle Schichten.</translation>
    </message>
    <message>
        <source>It cannot be read.</source>
        <translation>Nicht lesbar.</translation>
    </message>
    <message>
        <source>What suits this computer decides.</source>
        <translation>Das richtet sich nach diesem Rechner.</translation>
    </message>
    <message>
        <source>Training sizes are squares here, or other shapes of the same area.</source>
        <translation>Trainingsgrößen sind hier Quadrate oder andere Formen derselben Fläche.</translation>
    </message>
    <message>
        <source>It has one rate for each text encoder; here they share one.</source>
        <translation>Dort hat jeder Textencoder eine eigene Rate, hier teilen sie sich eine.</translation>
    </message>
    <message>
        <source>This way of changing the rate is not offered here.</source>
        <translation>Diese Art, die Rate zu ändern, gibt es hier nicht.</translation>
    </message>
    <message>
        <source>This kind of error is not offered here.</source>
        <translation>Diese Art des Fehlers gibt es hier nicht.</translation>
    </message>
    <message>
        <source>There it left out the middle of the adapter, here it leaves out its input.</source>
        <translation>Dort blieb die Mitte des Adapters weg, hier bleibt seine Eingabe weg.</translation>
    </message>
    <message>
        <source>This way of weighing noise levels is not offered here.</source>
        <translation>Diese Art, Rauschstufen zu wiegen, gibt es hier nicht.</translation>
    </message>
    <message>
        <source>First found in {name}: its largest value is {max}. Nothing was written.</source>
        <translation>Zuerst gefunden in {name}: Der größte Wert ist {max}. Nichts wurde geschrieben.</translation>
    </message>
    <message>
        <source>Training cannot go on from {name} with these settings.</source>
        <translation>Mit diesen Einstellungen kann das Training nicht von {name} aus weitergehen.</translation>
    </message>
    <message>
        <source>Take over its settings too (--like on the command line), or begin with a fresh adapter.</source>
        <translation>Auch die Einstellungen der Datei übernehmen (--like auf der Befehlszeile) oder mit einem frischen Adapter beginnen.</translation>
    </message>
    <message>
        <source>It was made for {family}, and this base model is {family_2}.</source>
        <translation>Sie wurde für {family} gemacht, und dieses Basismodell ist {family_2}.</translation>
    </message>
    <message>
        <source>It holds layers of the text encoder that are never trained here: {beyond}.</source>
        <translation>Sie enthält Schichten des Textteils, die hier nie trainiert werden: {beyond}.</translation>
    </message>
    <message>
        <source>its header cannot be read. {reason}</source>
        <translation>sein Kopf ist nicht lesbar. {reason}</translation>
    </message>
    <message>
        <source>Equal to the rank, a factor of 1.</source>
        <translation>Gleich dem Rang, also Faktor 1.</translation>
    </message>
    <message>
        <source>A rate that falls to zero ends on a settled picture.</source>
        <translation>Eine Rate, die auf null fällt, endet bei einem ruhigen Bild.</translation>
    </message>
    <message>
        <source>A short rise keeps the first steps from tearing the picture.</source>
        <translation>Ein kurzer Anstieg verhindert, dass die ersten Schritte das Bild zerreißen.</translation>
    </message>
    <message>
        <source>Four small pictures cost little more than one on a CPU.</source>
        <translation>Vier kleine Bilder kosten auf einem Prozessor kaum mehr als eines.</translation>
    </message>
    <message>
        <source>Four sheets are enough to watch a run of a few minutes.</source>
        <translation>Vier Bögen genügen, um einen Lauf von wenigen Minuten zu verfolgen.</translation>
    </message>
    <message>
        <source>Even one picture needs so many steps to show.</source>
        <translation>Sogar ein einziges Bild braucht so viele Schritte, bis man etwas sieht.</translation>
    </message>
    <message>
        <source>Keeps practice to minutes, however many pictures there are.</source>
        <translation>Hält das Üben bei Minuten, wie viele Bilder es auch sind.</translation>
    </message>
    <message>
        <source>The base itself was trained with it.</source>
        <translation>Die Basis selbst wurde damit trainiert.</translation>
    </message>
    <message>
        <source>A cap of 1 stops single odd pictures from throwing the run.</source>
        <translation>Eine Grenze von 1 lässt einzelne seltsame Bilder den Lauf nicht umwerfen.</translation>
    </message>
    <message>
        <source>Fewer than the usual 20 keeps four samples quick on a CPU.</source>
        <translation>Weniger als die üblichen 20, damit vier Probebilder auf einem Prozessor schnell gehen.</translation>
    </message>
    <message>
        <source>The value the Practice base itself was judged with.</source>
        <translation>Der Wert, mit dem die Übungsbasis selbst beurteilt wurde.</translation>
    </message>
    <message>
        <source>Stable Diffusion 1.x</source>
        <translation>Stable Diffusion 1.x</translation>
    </message>
    <message>
        <source>512 pixel models such as SD 1.5 and everything made from it.</source>
        <translation>Modelle mit 512 Pixeln wie SD 1.5 und alles, was daraus entstand.</translation>
    </message>
    <message>
        <source>16 holds a style or a character in a file of a few tens of MB; 32 is the heavier choice for busy styles.</source>
        <translation>16 fasst einen Stil oder eine Figur in einer Datei von einigen Dutzend MB; 32 ist die schwerere Wahl für reiche Stile.</translation>
    </message>
    <message>
        <source>Equal to the rank, so the adapter acts with a factor of 1. Recipes of other tools with alpha = rank/2 need twice this learning rate for the same effect.</source>
        <translation>Gleich dem Rang, der Adapter wirkt also mit Faktor 1. Rezepte anderer Programme mit Alpha = Rang/2 brauchen für dieselbe Wirkung die doppelte Lernrate.</translation>
    </message>
    <message>
        <source>The usual rate for AdamW when alpha equals the rank; recipes with alpha = rank/2 write 2e-4 for the same effect.</source>
        <translation>Die übliche Rate für AdamW, wenn Alpha gleich dem Rang ist; Rezepte mit Alpha = Rang/2 schreiben für dieselbe Wirkung 2e-4.</translation>
    </message>
    <message>
        <source>Fits the smallest cards; length is counted for it.</source>
        <translation>Passt auf die kleinsten Karten; die Länge ist dafür berechnet.</translation>
    </message>
    <message>
        <source>Ten points to compare and pick from.</source>
        <translation>Zehn Punkte zum Vergleichen und Auswählen.</translation>
    </message>
    <message>
        <source>5 is the paper&apos;s value (Hang et al. 2023); it evens out easy and hard noise levels.</source>
        <translation>5 ist der Wert der Veröffentlichung (Hang et al. 2023); er gleicht leichte und schwere Rauschstufen aus.</translation>
    </message>
    <message>
        <source>The size this family was made for.</source>
        <translation>Die Größe, für die diese Familie gemacht ist.</translation>
    </message>
    <message>
        <source>The step that every program for this family uses.</source>
        <translation>Der Schritt, den alle Programme für diese Familie nutzen.</translation>
    </message>
    <message>
        <source>Enough for a clean picture with the sampler used.</source>
        <translation>Genug für ein sauberes Bild mit diesem Verfahren.</translation>
    </message>
    <message>
        <source>The usual value for this family.</source>
        <translation>Der übliche Wert für diese Familie.</translation>
    </message>
    <message>
        <source>Stable Diffusion 2.x</source>
        <translation>Stable Diffusion 2.x</translation>
    </message>
    <message>
        <source>SD 2.0 and 2.1, epsilon or velocity.</source>
        <translation>SD 2.0 und 2.1, Rauschen oder Geschwindigkeit.</translation>
    </message>
    <message>
        <source>5 is the paper&apos;s value; models that predict velocity get the form of the weight that divides by SNR + 1.</source>
        <translation>5 ist der Wert der Veröffentlichung; Modelle, die Geschwindigkeit vorhersagen, bekommen die Form des Gewichts, die durch SNR + 1 teilt.</translation>
    </message>
    <message>
        <source>768 is the size of the velocity models (2.0-v, 2.1); use 512 for 2.x-base.</source>
        <translation>768 ist die Größe der Geschwindigkeitsmodelle (2.0-v, 2.1); für 2.x-base gilt 512.</translation>
    </message>
    <message>
        <source>Stable Diffusion XL</source>
        <translation>Stable Diffusion XL</translation>
    </message>
    <message>
        <source>SDXL 1.0 and everything made from it.</source>
        <translation>SDXL 1.0 und alles, was daraus entstand.</translation>
    </message>
    <message>
        <source>Character</source>
        <translation>Figur</translation>
    </message>
    <message>
        <source>One person, animal or figure, recognisable anywhere.</source>
        <translation>Eine Person, ein Tier oder eine Figur, überall erkennbar.</translation>
    </message>
    <message>
        <source>15 to 60, many poses, clothes and backgrounds</source>
        <translation>15 bis 60, viele Posen, Kleider und Hintergründe</translation>
    </message>
    <message>
        <source>Describe what changes (clothes, place, mood); leave out what makes the figure itself.</source>
        <translation>Beschreiben, was wechselt (Kleidung, Ort, Stimmung); weglassen, was die Figur ausmacht.</translation>
    </message>
    <message>
        <source>An unusual word; it becomes the figure&apos;s name.</source>
        <translation>Ein ungewöhnliches Wort; es wird der Name der Figur.</translation>
    </message>
    <message>
        <source>Faces, partings and scars are not symmetric.</source>
        <translation>Gesichter, Scheitel und Narben sind nicht symmetrisch.</translation>
    </message>
    <message>
        <source>A face needs 100 to 120 looks to hold.</source>
        <translation>Ein Gesicht braucht 100 bis 120 Ansichten, bis es sitzt.</translation>
    </message>
    <message>
        <source>Below 1,500 steps at batch 1 the likeness is loose.</source>
        <translation>Unter 1.500 Schritten mit Stapel 1 ist die Ähnlichkeit lose.</translation>
    </message>
    <message>
        <source>Above 3,500 steps at batch 1 pose and clothes begin to stick.</source>
        <translation>Über 3.500 Schritten mit Stapel 1 setzen sich Pose und Kleidung fest.</translation>
    </message>
    <message>
        <source>SD 1.x characters hold better when the trigger word itself is learned.</source>
        <translation>Figuren mit SD 1.x sitzen besser, wenn auch das Auslösewort gelernt wird.</translation>
    </message>
    <message>
        <source>A tenth of the rate: the text encoder breaks sooner than the picture part.</source>
        <translation>Ein Zehntel der Rate: Der Textteil bricht eher als der Bildteil.</translation>
    </message>
    <message>
        <source>Object</source>
        <translation>Objekt</translation>
    </message>
    <message>
        <source>One thing or concept: a product, a building, a pattern.</source>
        <translation>Ein Ding oder Konzept: ein Produkt, ein Gebäude, ein Muster.</translation>
    </message>
    <message>
        <source>10 to 50, from all sides and distances</source>
        <translation>10 bis 50, von allen Seiten und aus allen Abständen</translation>
    </message>
    <message>
        <source>Name the thing, then describe the rest.</source>
        <translation>Das Ding benennen, dann das Übrige beschreiben.</translation>
    </message>
    <message>
        <source>An unusual word; it becomes the thing&apos;s name.</source>
        <translation>Ein ungewöhnliches Wort; es wird der Name des Dings.</translation>
    </message>
    <message>
        <source>Writing and one-sided shapes do not survive mirroring; switch it on for symmetric things.</source>
        <translation>Schrift und einseitige Formen vertragen kein Spiegeln; für symmetrische Dinge einschalten.</translation>
    </message>
    <message>
        <source>A few looks without caption keep the thing recognisable under any words.</source>
        <translation>Einige Ansichten ohne Beschreibung halten das Ding unter beliebigen Wörtern erkennbar.</translation>
    </message>
    <message>
        <source>A thing needs 100 to 120 looks to hold.</source>
        <translation>Ein Ding braucht 100 bis 120 Ansichten, bis es sitzt.</translation>
    </message>
    <message>
        <source>Below 1,500 steps at batch 1 the shape is loose.</source>
        <translation>Unter 1.500 Schritten mit Stapel 1 ist die Form lose.</translation>
    </message>
    <message>
        <source>Above 3,500 steps at batch 1 angle and background begin to stick.</source>
        <translation>Über 3.500 Schritten mit Stapel 1 setzen sich Blickwinkel und Hintergrund fest.</translation>
    </message>
    <message>
        <source>Style</source>
        <translation>Stil</translation>
    </message>
    <message>
        <source>How things are drawn: line, colour, light.</source>
        <translation>Wie Dinge gezeichnet sind: Linie, Farbe, Licht.</translation>
    </message>
    <message>
        <source>20 to 200, as varied in content as possible</source>
        <translation>20 bis 200, inhaltlich möglichst verschieden</translation>
    </message>
    <message>
        <source>Describe what is in the picture, not how it is drawn.</source>
        <translation>Beschreiben, was auf dem Bild ist, nicht wie es gezeichnet ist.</translation>
    </message>
    <message>
        <source>An unusual word; it will stand for the whole look.</source>
        <translation>Ein ungewöhnliches Wort; es steht für das ganze Aussehen.</translation>
    </message>
    <message>
        <source>A look does not depend on left and right; mirroring doubles the set.</source>
        <translation>Ein Aussehen hängt nicht von links und rechts ab; Spiegeln verdoppelt die Menge.</translation>
    </message>
    <message>
        <source>A tenth without caption teaches the look itself, whatever the words.</source>
        <translation>Ein Zehntel ohne Beschreibung lehrt das Aussehen selbst, bei beliebigen Wörtern.</translation>
    </message>
    <message>
        <source>Every twentieth look, the least that styles usually get.</source>
        <translation>Jede zwanzigste Ansicht, das Mindeste, was Stile üblicherweise bekommen.</translation>
    </message>
    <message>
        <source>Tried out: without it and with the leak guard, the style stayed faint.</source>
        <translation>Ausprobiert: Ohne das und mit dem Abfärbeschutz blieb der Stil schwach.</translation>
    </message>
    <message>
        <source>The same rate as the picture part; both are small and new to the word.</source>
        <translation>Dieselbe Rate wie der Bildteil; beide sind klein und kennen das Wort noch nicht.</translation>
    </message>
    <message>
        <source>Styles settle after 50 to 80 looks.</source>
        <translation>Stile sitzen nach 50 bis 80 Ansichten.</translation>
    </message>
    <message>
        <source>Below 1,500 steps at batch 1 a style stays faint.</source>
        <translation>Unter 1.500 Schritten mit Stapel 1 bleibt ein Stil blass.</translation>
    </message>
    <message>
        <source>Above 5,000 steps at batch 1 pictures begin to be copied.</source>
        <translation>Über 5.000 Schritten mit Stapel 1 werden Bilder allmählich kopiert.</translation>
    </message>
</context>
<context>
    <name>images_inspector</name>
    <message>
        <source>Write one</source>
        <translation>Eine schreiben</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>Leave out</source>
        <translation>Weglassen</translation>
    </message>
    <message>
        <source>Take back in</source>
        <translation>Wieder aufnehmen</translation>
    </message>
    <message>
        <source>Show both</source>
        <translation>Beide zeigen</translation>
    </message>
    <message>
        <source>Show the crop</source>
        <translation>Zuschnitt zeigen</translation>
    </message>
    <message>
        <source>Train smaller</source>
        <translation>Kleiner trainieren</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>Im Ordner zeigen</translation>
    </message>
    <message>
        <source>Shrink a copy</source>
        <translation>Kleinere Kopie</translation>
    </message>
</context>
<context>
    <name>inspect</name>
    <message>
        <source>Kind of adapter</source>
        <translation>Art des Adapters</translation>
    </message>
    <message>
        <source>The base model of this project cannot be used.</source>
        <translation>Das Basismodell dieses Projekts ist nicht verwendbar.</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>unbekannt</translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s) that draw</source>
        <translation>
            <numerusform>%n Schicht, die zeichnet</numerusform>
            <numerusform>%n Schichten, die zeichnen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s) that read text</source>
        <translation>
            <numerusform>%n Schicht, die Text liest</numerusform>
            <numerusform>%n Schichten, die Text lesen</numerusform>
        </translation>
    </message>
    <message>
        <source>LoRA Studio only: no other program has the Practice base</source>
        <translation>Nur LoRA Studio: Kein anderes Programm hat die Übungsbasis</translation>
    </message>
    <message>
        <source>An epoch of this app, not yet exported</source>
        <translation>Eine Epoche dieser App, noch nicht exportiert</translation>
    </message>
    <message>
        <source>The usual form, as kohya&apos;s scripts write it</source>
        <translation>Die übliche, wie kohyas Skripte sie schreiben</translation>
    </message>
    <message>
        <source>diffusers (PEFT)</source>
        <translation>diffusers (PEFT)</translation>
    </message>
    <message>
        <source>diffusers, an older form</source>
        <translation>diffusers, ältere Form</translation>
    </message>
    <message>
        <source>LyCORIS LoHa</source>
        <translation>LyCORIS LoHa</translation>
    </message>
    <message>
        <source>LyCORIS LoKr</source>
        <translation>LyCORIS LoKr</translation>
    </message>
    <message>
        <source>LyCORIS</source>
        <translation>LyCORIS</translation>
    </message>
    <message>
        <source>Numbered</source>
        <translation>Nummeriert</translation>
    </message>
    <message>
        <source>Made for</source>
        <translation>Gemacht für</translation>
    </message>
    <message>
        <source>Trigger word</source>
        <translation>Auslösewort</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>Titel</translation>
    </message>
    <message>
        <source>Made by</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Epoch</source>
        <translation>Epoche</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>Rang</translation>
    </message>
    <message>
        <source>Alpha</source>
        <translation>Alpha</translation>
    </message>
    <message>
        <source>Changes</source>
        <translation>Verändert</translation>
    </message>
    <message>
        <source>Works in</source>
        <translation>Läuft in</translation>
    </message>
    <message>
        <source>Written as</source>
        <translation>Schreibweise</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Nothing is wrong with this file.</source>
        <translation>An dieser Datei ist nichts auszusetzen.</translation>
    </message>
    <message>
        <source>Every number in it was read.</source>
        <translation>Jede Zahl darin wurde gelesen.</translation>
    </message>
    <message>
        <source>Use the settings of {name}?</source>
        <translation>Einstellungen von {name} verwenden?</translation>
    </message>
    <message>
        <source>Your pictures, captions, trigger word and prompts stay as they are.</source>
        <translation>Bilder, Beschreibungen, Auslösewort und Prompts bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>becomes</source>
        <translation>wird zu</translation>
    </message>
</context>
<context>
    <name>library</name>
    <message>
        <source>Free space: {name}</source>
        <translation>Platz schaffen: {name}</translation>
    </message>
    <message>
        <source>The samples, the log, the recipe and the exported adapters always stay. Nothing is deleted: what you choose moves to the bin of your computer.</source>
        <translation>Probebilder, Protokoll, Rezept und exportierte Adapter bleiben immer. Nichts wird gelöscht: Gewähltes kommt in den Papierkorb des Rechners.</translation>
    </message>
    <message numerus="yes">
        <source>about %n second(s)</source>
        <translation>
            <numerusform>etwa %n Sekunde</numerusform>
            <numerusform>etwa %n Sekunden</numerusform>
        </translation>
    </message>
    <message>
        <source>Style</source>
        <translation>Stil</translation>
    </message>
    <message>
        <source>Character</source>
        <translation>Figur</translation>
    </message>
    <message>
        <source>Object or concept</source>
        <translation>Objekt oder Konzept</translation>
    </message>
    <message>
        <source>Practice base</source>
        <translation>Übungsbasis</translation>
    </message>
    <message>
        <source>SD 1.x</source>
        <translation>SD 1.x</translation>
    </message>
    <message>
        <source>SD 2.x</source>
        <translation>SD 2.x</translation>
    </message>
    <message>
        <source>SDXL</source>
        <translation>SDXL</translation>
    </message>
    <message>
        <source>Unknown kind</source>
        <translation>Unbekannte Art</translation>
    </message>
    <message numerus="yes">
        <source>about %n minute(s)</source>
        <translation>
            <numerusform>etwa %n Minute</numerusform>
            <numerusform>etwa %n Minuten</numerusform>
        </translation>
    </message>
    <message>
        <source>about {hours} h {minutes} min</source>
        <translation>etwa {hours} h {minutes} min</translation>
    </message>
</context>
<context>
    <name>messages</name>
    <message numerus="yes">
        <source>It has %n file(s), none of a kind the app reads (PNG, JPEG, WebP, BMP, TIFF).</source>
        <translation>
            <numerusform>Er enthält %n Datei, die die App aber nicht liest (PNG, JPEG, WebP, BMP, TIFF).</numerusform>
            <numerusform>Er enthält %n Dateien, aber keine, die die App liest (PNG, JPEG, WebP, BMP, TIFF).</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s) cannot be opened.</source>
        <translation>
            <numerusform>%n Bild lässt sich nicht öffnen.</numerusform>
            <numerusform>%n Bilder lassen sich nicht öffnen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>(It looks|They look) damaged or (is not a picture|are not pictures).</source>
        <translation>
            <numerusform>Es wirkt beschädigt oder ist kein Bild.</numerusform>
            <numerusform>Sie wirken beschädigt oder sind keine Bilder.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The other %n (is|are) fine.</source>
        <translation>
            <numerusform>Das %n andere ist in Ordnung.</numerusform>
            <numerusform>Die anderen %n sind in Ordnung.</numerusform>
        </translation>
    </message>
    <message>
        <source>Training paused after saving step {step}. It needs about {needed} GB to finish.</source>
        <translation>Das Training wurde nach dem Sichern von Schritt {step} angehalten. Bis zum Ende braucht es etwa {needed} GB.</translation>
    </message>
    <message>
        <source>This recipe needs {needed} GB, your card has {total} GB.</source>
        <translation>Dieses Rezept braucht {needed} GB, die Karte hat {total} GB.</translation>
    </message>
    <message>
        <source>Version {installed} is installed, {wanted} or newer is needed.</source>
        <translation>Version {installed} ist installiert, {wanted} oder neuer wird gebraucht.</translation>
    </message>
    <message>
        <source>Training went back to step {saved} and tried twice. A lower learning rate usually helps.</source>
        <translation>Das Training ging auf Schritt {saved} zurück und versuchte es zweimal. Meist hilft eine kleinere Lernrate.</translation>
    </message>
    <message>
        <source>It is {size} GB but should be {expected} GB: the download may have stopped early.</source>
        <translation>Sie hat {size} GB, sollte aber {expected} GB haben: Vielleicht brach das Herunterladen ab.</translation>
    </message>
    <message numerus="yes">
        <source>%n (was|were) edited.</source>
        <translation>
            <numerusform>%n wurde bearbeitet.</numerusform>
            <numerusform>%n wurden bearbeitet.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n (is|are) gone.</source>
        <translation>
            <numerusform>%n ist weg.</numerusform>
            <numerusform>%n sind weg.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n mask(s) (does|do) not match (its picture|their pictures).</source>
        <translation>
            <numerusform>%n Maske passt nicht zu ihrem Bild.</numerusform>
            <numerusform>%n Masken passen nicht zu ihren Bildern.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n caption(s) (is|are) longer than the model reads ({limit} tokens).</source>
        <translation>
            <numerusform>%n Beschreibung ist länger, als das Modell liest ({limit} Tokens).</numerusform>
            <numerusform>%n Beschreibungen sind länger, als das Modell liest ({limit} Tokens).</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>(The end|The ends) will be ignored.</source>
        <translation>
            <numerusform>Das Ende bleibt unbeachtet.</numerusform>
            <numerusform>Die Enden bleiben unbeachtet.</numerusform>
        </translation>
    </message>
    <message>
        <source>{name} is larger than the app opens safely ({size} megapixels).</source>
        <translation>{name} ist größer, als die App sicher öffnet ({size} Megapixel).</translation>
    </message>
    <message numerus="yes">
        <source>(The picture|All %n pictures) will be cropped to one square.</source>
        <translation>
            <numerusform>Das Bild wird auf ein Quadrat zugeschnitten.</numerusform>
            <numerusform>Alle %n Bilder werden auf ein Quadrat zugeschnitten.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The clock jumped back %n hour(s).</source>
        <translation>
            <numerusform>Die Uhr sprang %n Stunde zurück.</numerusform>
            <numerusform>Die Uhr sprang %n Stunden zurück.</numerusform>
        </translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Show them</source>
        <translation>Zeigen</translation>
    </message>
    <message>
        <source>Leave them out</source>
        <translation>Weglassen</translation>
    </message>
    <message>
        <source>Choose another base model</source>
        <translation>Anderes Basismodell wählen</translation>
    </message>
    <message>
        <source>Go to Recipe</source>
        <translation>Zum Rezept</translation>
    </message>
    <message>
        <source>Save a report</source>
        <translation>Bericht speichern</translation>
    </message>
    <message>
        <source>Show in folder</source>
        <translation>Im Ordner zeigen</translation>
    </message>
    <message>
        <source>Choose another name</source>
        <translation>Anderen Namen wählen</translation>
    </message>
    <message>
        <source>Choose another file</source>
        <translation>Andere Datei wählen</translation>
    </message>
    <message>
        <source>Choose another epoch</source>
        <translation>Andere Epoche wählen</translation>
    </message>
    <message>
        <source>No pictures in this folder.</source>
        <translation>Keine Bilder in diesem Ordner.</translation>
    </message>
    <message>
        <source>Nothing was trained yet.</source>
        <translation>Noch wurde nichts trainiert.</translation>
    </message>
    <message>
        <source>This recipe needs {needed} GB, your computer has {total} GB.</source>
        <translation>Dieses Rezept braucht {needed} GB, der Rechner hat {total} GB.</translation>
    </message>
    <message>
        <source>See options</source>
        <translation>Möglichkeiten ansehen</translation>
    </message>
    <message>
        <source>Your graphics driver is too old.</source>
        <translation>Der Grafiktreiber ist zu alt.</translation>
    </message>
    <message>
        <source>The graphics card stopped responding.</source>
        <translation>Die Grafikkarte antwortet nicht mehr.</translation>
    </message>
    <message>
        <source>Go on at half the rate</source>
        <translation>Mit halber Rate weiter</translation>
    </message>
    <message>
        <source>This file is not a model the app can train.</source>
        <translation>Diese Datei ist kein Modell, das die App trainieren kann.</translation>
    </message>
    <message>
        <source>This model file is damaged.</source>
        <translation>Diese Modelldatei ist beschädigt.</translation>
    </message>
    <message>
        <source>The pictures changed since this run started.</source>
        <translation>Die Bilder haben sich seit dem Beginn dieses Laufs geändert.</translation>
    </message>
    <message>
        <source>Opening it could drop settings.</source>
        <translation>Beim Öffnen könnten Einstellungen verloren gehen.</translation>
    </message>
    <message>
        <source>The card is short of memory and is borrowing from the computer.</source>
        <translation>Der Karte fehlt Speicher, sie leiht sich welchen vom Rechner.</translation>
    </message>
    <message>
        <source>Pictures without your style react to it too.</source>
        <translation>Auch Bilder ohne diesen Stil reagieren darauf.</translation>
    </message>
    <message>
        <source>Another program may have it open. Your text is kept here.</source>
        <translation>Vielleicht hat ein anderes Programm sie geöffnet. Der Text bleibt hier erhalten.</translation>
    </message>
    <message>
        <source>Training sizes are off in Advanced. Tall pictures lose about a third.</source>
        <translation>Trainingsgrößen sind unter „Erweitert“ ausgeschaltet. Hohe Bilder verlieren etwa ein Drittel.</translation>
    </message>
    <message>
        <source>Times in the log may look odd; training is not affected.</source>
        <translation>Zeiten im Protokoll wirken vielleicht seltsam; das Training betrifft das nicht.</translation>
    </message>
    <message>
        <source>Closing it makes this recipe fit.</source>
        <translation>Wird es geschlossen, passt dieses Rezept.</translation>
    </message>
    <message>
        <source>The disk is almost full: {free} GB left.</source>
        <translation>Das Laufwerk ist fast voll: noch {free} GB.</translation>
    </message>
    <message>
        <source>The graphics card ran out of memory at step {step}.</source>
        <translation>Der Grafikkarte ging bei Schritt {step} der Speicher aus.</translation>
    </message>
    <message>
        <source>This can follow sleep or a driver update. Step {step} is saved.</source>
        <translation>Das kommt nach dem Ruhezustand oder einem Treiberupdate vor. Schritt {step} ist gesichert.</translation>
    </message>
    <message>
        <source>The numbers went out of range at step {step}.</source>
        <translation>Die Zahlen liefen bei Schritt {step} aus dem Rahmen.</translation>
    </message>
    <message>
        <source>Training stopped unexpectedly at step {step}.</source>
        <translation>Das Training brach bei Schritt {step} unerwartet ab.</translation>
    </message>
    <message>
        <source>It looks like {kind}, not a base model.</source>
        <translation>Das sieht nach {kind} aus, nicht nach einem Basismodell.</translation>
    </message>
    <message>
        <source>Resuming would not give the same result.</source>
        <translation>Fortsetzen ergäbe nicht dasselbe.</translation>
    </message>
    <message>
        <source>This project was made by a newer version ({version}).</source>
        <translation>Dieses Projekt stammt von einer neueren Version ({version}).</translation>
    </message>
    <message>
        <source>Training is {times} times slower than planned.</source>
        <translation>Das Training ist {times}-mal langsamer als geplant.</translation>
    </message>
    <message>
        <source>&quot;{word}&quot; already means something to this model.</source>
        <translation>„{word}“ bedeutet diesem Modell schon etwas.</translation>
    </message>
    <message>
        <source>The caption of {name} could not be saved.</source>
        <translation>Die Beschreibung von {name} konnte nicht gesichert werden.</translation>
    </message>
    <message>
        <source>The path is too long for Windows ({count} characters).</source>
        <translation>Der Pfad ist zu lang für Windows ({count} Zeichen).</translation>
    </message>
    <message>
        <source>Another program is using {used} GB of the card.</source>
        <translation>Ein anderes Programm belegt {used} GB der Karte.</translation>
    </message>
    <message>
        <source>The image folder is not there any more.</source>
        <translation>Der Bilderordner ist nicht mehr da.</translation>
    </message>
    <message>
        <source>The drive may be unplugged or the folder moved. Your captions and settings are safe.</source>
        <translation>Vielleicht ist das Laufwerk nicht angeschlossen oder der Ordner verschoben. Beschreibungen und Einstellungen sind unversehrt.</translation>
    </message>
    <message>
        <source>This folder cannot be written to.</source>
        <translation>In diesen Ordner kann nicht geschrieben werden.</translation>
    </message>
    <message>
        <source>Nothing was saved there.</source>
        <translation>Dort wurde nichts gespeichert.</translation>
    </message>
    <message>
        <source>This model is in an old format that can carry programs.</source>
        <translation>Dieses Modell hat ein altes Format, das Programme enthalten kann.</translation>
    </message>
    <message>
        <source>The app opened it without running anything and found something that should not be there.</source>
        <translation>Die App hat sie geöffnet, ohne etwas auszuführen, und fand etwas, das nicht hineingehört.</translation>
    </message>
    <message>
        <source>The saved adapter did not pass its check.</source>
        <translation>Der gespeicherte Adapter hat seine Prüfung nicht bestanden.</translation>
    </message>
    <message>
        <source>The file was removed; your epochs are untouched.</source>
        <translation>Die Datei wurde entfernt; die Epochen sind unversehrt.</translation>
    </message>
    <message>
        <source>LoRA Studio is already open with this project.</source>
        <translation>LoRA Studio ist mit diesem Projekt schon geöffnet.</translation>
    </message>
    <message>
        <source>Read it again</source>
        <translation>Neu lesen</translation>
    </message>
    <message>
        <source>Save mine</source>
        <translation>Meine speichern</translation>
    </message>
    <message>
        <source>Shorten it</source>
        <translation>Kürzen</translation>
    </message>
    <message>
        <source>Choose a folder</source>
        <translation>Ordner wählen</translation>
    </message>
    <message>
        <source>Choose another folder</source>
        <translation>Anderen Ordner wählen</translation>
    </message>
    <message>
        <source>OK</source>
        <translation>OK</translation>
    </message>
    <message>
        <source>Choose another</source>
        <translation>Andere Wahl</translation>
    </message>
    <message>
        <source>Open another project</source>
        <translation>Anderes Projekt öffnen</translation>
    </message>
    <message>
        <source>Open Settings</source>
        <translation>Einstellungen öffnen</translation>
    </message>
    <message>
        <source>Look for it again</source>
        <translation>Noch einmal suchen</translation>
    </message>
    <message>
        <source>Show what to mend</source>
        <translation>Zeigen, was zu beheben ist</translation>
    </message>
    <message>
        <source>Start a new run</source>
        <translation>Neuen Lauf starten</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>Erneut nachsehen</translation>
    </message>
    <message>
        <source>Show it</source>
        <translation>Zeigen</translation>
    </message>
    <message>
        <source>The pictures were resized or cropped after painting. Without masks they are learned whole.</source>
        <translation>Die Bilder wurden nach dem Malen in der Größe geändert oder zugeschnitten. Ohne Masken werden sie ganz gelernt.</translation>
    </message>
    <message>
        <source>Go to Images</source>
        <translation>Zu den Bildern</translation>
    </message>
    <message>
        <source>Take out how it was trained</source>
        <translation>Herausnehmen, wie trainiert wurde</translation>
    </message>
    <message>
        <source>Nothing is lost: step {saved} is saved.</source>
        <translation>Nichts ist verloren: Schritt {saved} ist gesichert.</translation>
    </message>
    <message>
        <source>Everything up to step {saved} is safe.</source>
        <translation>Alles bis Schritt {saved} ist gesichert.</translation>
    </message>
    <message>
        <source>{program} is using {used} GB of the card.</source>
        <translation>{program} belegt {used} GB der Karte.</translation>
    </message>
    <message>
        <source>Find the folder</source>
        <translation>Ordner suchen</translation>
    </message>
    <message>
        <source>Free space…</source>
        <translation>Platz schaffen …</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Resume with less memory</source>
        <translation>Mit weniger Speicher fortsetzen</translation>
    </message>
    <message>
        <source>How to update</source>
        <translation>Wie das Update geht</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Erneut prüfen</translation>
    </message>
    <message>
        <source>Restart training</source>
        <translation>Training neu starten</translation>
    </message>
    <message>
        <source>Check the card</source>
        <translation>Karte prüfen</translation>
    </message>
    <message>
        <source>Use another model</source>
        <translation>Anderes Modell nehmen</translation>
    </message>
    <message>
        <source>Why?</source>
        <translation>Warum?</translation>
    </message>
    <message>
        <source>What works?</source>
        <translation>Was geht?</translation>
    </message>
    <message>
        <source>Resume with what is left</source>
        <translation>Mit dem Rest fortsetzen</translation>
    </message>
    <message>
        <source>Save again</source>
        <translation>Noch einmal speichern</translation>
    </message>
    <message>
        <source>Choose another drive</source>
        <translation>Anderes Laufwerk wählen</translation>
    </message>
    <message>
        <source>Scale the masks</source>
        <translation>Masken anpassen</translation>
    </message>
    <message>
        <source>Go to that window</source>
        <translation>Zu diesem Fenster</translation>
    </message>
    <message>
        <source>Use less memory</source>
        <translation>Weniger Speicher verwenden</translation>
    </message>
    <message>
        <source>Train without them</source>
        <translation>Ohne sie trainieren</translation>
    </message>
    <message>
        <source>Open a copy</source>
        <translation>Kopie öffnen</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>So lassen</translation>
    </message>
    <message>
        <source>Suggest another</source>
        <translation>Anderes vorschlagen</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>Shorten them</source>
        <translation>Kürzen</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>Make a smaller copy</source>
        <translation>Kleinere Kopie erstellen</translation>
    </message>
    <message>
        <source>Leave it out</source>
        <translation>Weglassen</translation>
    </message>
    <message>
        <source>Save elsewhere</source>
        <translation>Anderswo speichern</translation>
    </message>
    <message>
        <source>Turn sizes on</source>
        <translation>Größen einschalten</translation>
    </message>
    <message>
        <source>Choose a shorter folder</source>
        <translation>Kürzeren Ordner wählen</translation>
    </message>
    <message>
        <source>Fit to what is free</source>
        <translation>An Freies anpassen</translation>
    </message>
    <message>
        <source>The next size down fits.</source>
        <translation>Die nächstkleinere Größe passt.</translation>
    </message>
    <message>
        <source>Fit it to my card ({fix})</source>
        <translation>An die Karte anpassen ({fix})</translation>
    </message>
    <message>
        <source>Keep epoch {epoch}</source>
        <translation>Epoche {epoch} behalten</translation>
    </message>
</context>
<context>
    <name>picture_issues</name>
    <message>
        <source>It has no caption. The adapter is easier to steer when every picture is described.</source>
        <translation>Es hat keine Beschreibung. Der Adapter ist leichter zu steuern, wenn jedes Bild beschrieben ist.</translation>
    </message>
    <message>
        <source>It looks like another picture. Copies count more than other pictures.</source>
        <translation>Es gleicht einem anderen Bild. Kopien zählen mehr als andere Bilder.</translation>
    </message>
    <message>
        <source>It is small for this training size.</source>
        <translation>Es ist klein für diese Trainingsgröße.</translation>
    </message>
    <message>
        <source>It may be blurry: far softer than the rest. Soft styles often look like this to the check.</source>
        <translation>Es ist vielleicht unscharf: viel weicher als die übrigen. Weiche Stile wirken auf die Prüfung oft so.</translation>
    </message>
    <message>
        <source>It is very long or wide.</source>
        <translation>Es ist sehr lang oder breit.</translation>
    </message>
    <message>
        <source>It is larger than the app opens safely. A smaller copy can be used.</source>
        <translation>Es ist größer, als die App sicher öffnet. Eine kleinere Kopie geht.</translation>
    </message>
    <message>
        <source>The app does not read this kind of file. Save it as PNG or JPEG to use it.</source>
        <translation>Diese Art Datei liest die App nicht. Als PNG oder JPEG gespeichert geht es.</translation>
    </message>
    <message>
        <source>It looks damaged, cut short, or is not a picture. It is not trained on.</source>
        <translation>Es wirkt beschädigt, abgeschnitten oder ist kein Bild. Es wird nicht trainiert.</translation>
    </message>
    <message>
        <source>It has transparent parts. They are laid over white.</source>
        <translation>Es hat durchsichtige Teile. Sie werden auf Weiß gelegt.</translation>
    </message>
    <message>
        <source>Another picture has the same name but for its ending, so they may share a caption file.</source>
        <translation>Ein anderes Bild heißt bis auf die Endung gleich; beide teilen sich vielleicht eine Beschreibungsdatei.</translation>
    </message>
    <message>
        <source>No other picture has its training size, so it trains in a step of its own.</source>
        <translation>Kein anderes Bild hat seine Trainingsgröße; es trainiert in einem eigenen Schritt.</translation>
    </message>
    <message>
        <source>It has a mask: what is black in it counts less.</source>
        <translation>Es hat eine Maske: Was darin schwarz ist, zählt weniger.</translation>
    </message>
    <message>
        <source>Its mask has another shape and is not used.</source>
        <translation>Seine Maske hat eine andere Form und wird nicht verwendet.</translation>
    </message>
    <message>
        <source>Its caption is not stored as Unicode text. Look whether the letters are right.</source>
        <translation>Seine Beschreibung ist nicht als Unicode-Text gespeichert. Nachsehen, ob die Buchstaben stimmen.</translation>
    </message>
    <message>
        <source>Its caption file cannot be used. It could not be read, or holds more than 64 KB.</source>
        <translation>Seine Beschreibungsdatei ist nicht verwendbar. Sie ließ sich nicht lesen oder hat mehr als 64 KB.</translation>
    </message>
    <message>
        <source>Its caption has several lines. They are joined for training.</source>
        <translation>Seine Beschreibung hat mehrere Zeilen. Zum Training werden sie verbunden.</translation>
    </message>
    <message>
        <source>It looks like {name}. Copies count more than other pictures.</source>
        <translation>Es gleicht {name}. Kopien zählen mehr als andere Bilder.</translation>
    </message>
    <message>
        <source>It looks like {name} and others. Copies count more than other pictures.</source>
        <translation>Es gleicht {name} und anderen. Kopien zählen mehr als andere Bilder.</translation>
    </message>
    <message>
        <source>It would be enlarged {times} times for its training size.</source>
        <translation>Für seine Trainingsgröße würde es {times}-fach vergrößert.</translation>
    </message>
    <message>
        <source>It is very long or wide: {share} % of it is cut away for training.</source>
        <translation>Es ist sehr lang oder breit: {share} % davon fallen für das Training weg.</translation>
    </message>
</context>
<context>
    <name>places</name>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>Rezept</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Warteschlange</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>Bibliothek</translation>
    </message>
    <message>
        <source>Base models</source>
        <translation>Basismodelle</translation>
    </message>
</context>
<context>
    <name>recent</name>
    <message>
        <source>Practice</source>
        <translation>Übung</translation>
    </message>
    <message>
        <source>{kind} · {base}</source>
        <translation>{kind} · {base}</translation>
    </message>
    <message>
        <source>Not found</source>
        <translation>Nicht gefunden</translation>
    </message>
    <message>
        <source>Training now</source>
        <translation>Trainiert gerade</translation>
    </message>
    <message>
        <source>Cannot be read</source>
        <translation>Nicht lesbar</translation>
    </message>
</context>
<context>
    <name>recipe</name>
    <message>
        <source>On</source>
        <translation>Ein</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>Erweitert</translation>
    </message>
    <message>
        <source>Your plan</source>
        <translation>Der Plan</translation>
    </message>
    <message numerus="yes">
        <source>There (is one picture|are only %n pictures); {fewest} or more work best.</source>
        <translation>
            <numerusform>Es gibt nur ein Bild; am besten sind {fewest} oder mehr.</numerusform>
            <numerusform>Es gibt nur %n Bilder; am besten sind {fewest} oder mehr.</numerusform>
        </translation>
    </message>
    <message>
        <source>Training works with fewer, but what comes out is less sure. More pictures help more than any setting.</source>
        <translation>Es geht auch mit weniger, aber das Ergebnis ist unsicherer. Mehr Bilder helfen mehr als jede Einstellung.</translation>
    </message>
    <message>
        <source>Two trainings at once slow each other down and need memory for both. This one can wait in the queue.</source>
        <translation>Zwei Trainings zugleich bremsen einander und brauchen Speicher für beide. Dieses kann in der Warteschlange warten.</translation>
    </message>
    <message>
        <source>Add pictures</source>
        <translation>Bilder hinzufügen</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>“{name}” is training now.</source>
        <translation>„{name}“ trainiert gerade.</translation>
    </message>
    <message>
        <source>Add to queue</source>
        <translation>In die Warteschlange</translation>
    </message>
    <message>
        <source>Start it all the same</source>
        <translation>Trotzdem starten</translation>
    </message>
    <message>
        <source>It holds no settings.</source>
        <translation>Sie enthält keine Einstellungen.</translation>
    </message>
    <message>
        <source>Choose a file that was saved with “Save as preset”.</source>
        <translation>Eine Datei wählen, die mit „Als Vorlage speichern“ entstand.</translation>
    </message>
    <message>
        <source>It holds “{key}”, which no recipe has.</source>
        <translation>Sie enthält „{key}“, das in kein Rezept gehört.</translation>
    </message>
    <message>
        <source>“{key}” is missing.</source>
        <translation>„{key}“ fehlt.</translation>
    </message>
    <message>
        <source>“{key}” has a value that is not allowed.</source>
        <translation>„{key}“ hat einen Wert, der nicht erlaubt ist.</translation>
    </message>
    <message>
        <source>{name} is not a recipe this version can use.</source>
        <translation>{name} ist kein Rezept, das diese Version verwenden kann.</translation>
    </message>
    <message numerus="yes">
        <source>Worked out from your %n picture(s) and this computer.</source>
        <translation>
            <numerusform>Berechnet aus %n Bild und diesem Rechner.</numerusform>
            <numerusform>Berechnet aus %n Bildern und diesem Rechner.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n epoch(s), each one is kept</source>
        <translation>
            <numerusform>%n Epoche, jede bleibt erhalten</numerusform>
            <numerusform>%n Epochen, jede bleibt erhalten</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing was started. Each of these makes it smaller:</source>
        <translation>Nichts wurde gestartet. Jedes davon macht es kleiner:</translation>
    </message>
    <message numerus="yes">
        <source>Worked out from your %n picture(s) and an earlier run on this computer.</source>
        <translation>
            <numerusform>Berechnet aus %n Bild und einem früheren Lauf auf diesem Rechner.</numerusform>
            <numerusform>Berechnet aus %n Bildern und einem früheren Lauf auf diesem Rechner.</numerusform>
        </translation>
    </message>
    <message>
        <source>Measured on this computer, samples included</source>
        <translation>Auf diesem Rechner gemessen, mit Probebildern</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>Laufwerk</translation>
    </message>
    <message>
        <source>{size} GB to spare</source>
        <translation>{size} GB übrig</translation>
    </message>
    <message>
        <source>Only {size} GB to spare</source>
        <translation>Nur {size} GB übrig</translation>
    </message>
    <message>
        <source>{size} GB too much</source>
        <translation>{size} GB zu viel</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>Basismodell</translation>
    </message>
    <message>
        <source>Adapter and learning</source>
        <translation>Adapter und Lernen</translation>
    </message>
    <message>
        <source>Kept free, and the app itself</source>
        <translation>Frei gehalten, und die App selbst</translation>
    </message>
    <message>
        <source>Nothing was started. Choose a smaller base model; these alone are not enough:</source>
        <translation>Nichts wurde gestartet. Wählen Sie ein kleineres Basismodell; diese allein genügen nicht:</translation>
    </message>
    <message>
        <source>Samples included</source>
        <translation>Mit Probebildern</translation>
    </message>
    <message>
        <source>Between {low} and {high}: estimated. After the first steps on this computer it is measured.</source>
        <translation>Zwischen {low} und {high}: geschätzt. Nach den ersten Schritten auf diesem Rechner wird gemessen.</translation>
    </message>
    <message numerus="yes">
        <source>%n picture(s), each seen {looks} times</source>
        <translation>
            <numerusform>%n Bild, {looks}-mal gesehen</numerusform>
            <numerusform>%n Bilder, jedes {looks}-mal gesehen</numerusform>
        </translation>
    </message>
    <message>
        <source>The finished adapter takes {size} of it.</source>
        <translation>Der fertige Adapter nimmt davon {size}.</translation>
    </message>
    <message>
        <source>Between {low} and {high}, from an earlier run on this computer.</source>
        <translation>Zwischen {low} und {high}, nach einem früheren Lauf auf diesem Rechner.</translation>
    </message>
    <message>
        <source>{size} free on this drive</source>
        <translation>{size} frei auf diesem Laufwerk</translation>
    </message>
    <message>
        <source>This may just fit.</source>
        <translation>Das könnte gerade passen.</translation>
    </message>
    <message>
        <source>Estimates can be off by a fifth. Safer would be:</source>
        <translation>Schätzungen können um ein Fünftel danebenliegen. Sicherer wäre:</translation>
    </message>
    <message>
        <source>Base model, 8-bit</source>
        <translation>Basismodell, 8 Bit</translation>
    </message>
    <message>
        <source>Base model, 4-bit</source>
        <translation>Basismodell, 4 Bit</translation>
    </message>
    <message>
        <source>Image work at {side} px</source>
        <translation>Bildarbeit mit {side} px</translation>
    </message>
    <message>
        <source>GPU memory</source>
        <translation>Grafikspeicher</translation>
    </message>
    <message>
        <source>Memory, without a graphics card</source>
        <translation>Speicher, ohne Grafikkarte</translation>
    </message>
    <message>
        <source>−{size}</source>
        <translation>−{size}</translation>
    </message>
    <message>
        <source>Done around {clock}, samples included</source>
        <translation>Gegen {clock} fertig, mit Probebildern</translation>
    </message>
    <message>
        <source>{needed} of {total} GB</source>
        <translation>{needed} von {total} GB</translation>
    </message>
    <message>
        <source>8-bit base</source>
        <translation>8-Bit-Basis</translation>
    </message>
    <message>
        <source>4-bit base</source>
        <translation>4-Bit-Basis</translation>
    </message>
    <message>
        <source>smaller optimiser</source>
        <translation>kleinerer Optimierer</translation>
    </message>
    <message>
        <source>{side} px</source>
        <translation>{side} px</translation>
    </message>
    <message>
        <source>slower steps</source>
        <translation>langsamere Schritte</translation>
    </message>
    <message>
        <source>one picture at a time</source>
        <translation>ein Bild auf einmal</translation>
    </message>
    <message>
        <source>needs an NVIDIA card</source>
        <translation>braucht eine NVIDIA-Karte</translation>
    </message>
    <message>
        <source>Repeating a run</source>
        <translation>Wiederholbarkeit</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Adapter</source>
        <translation>Adapter</translation>
    </message>
    <message>
        <source>Learning</source>
        <translation>Lernen</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>Länge</translation>
    </message>
    <message>
        <source>What counts as wrong</source>
        <translation>Was als falsch gilt</translation>
    </message>
    <message>
        <source>Computing</source>
        <translation>Rechnen</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>Probebilder</translation>
    </message>
    <message>
        <source>Saving</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>empty</source>
        <translation>leer</translation>
    </message>
    <message>
        <source>as it is</source>
        <translation>wie sie ist</translation>
    </message>
    <message>
        <source>attention</source>
        <translation>Aufmerksamkeit</translation>
    </message>
    <message>
        <source>self-attention</source>
        <translation>Self-Attention</translation>
    </message>
    <message>
        <source>cross-attention</source>
        <translation>Cross-Attention</translation>
    </message>
    <message>
        <source>attention, feed-forward</source>
        <translation>auch Vorwärtsschichten</translation>
    </message>
    <message>
        <source>whole attention blocks</source>
        <translation>ganze Attention-Blöcke</translation>
    </message>
    <message>
        <source>all with convolutions</source>
        <translation>alle mit Faltungen</translation>
    </message>
    <message>
        <source>that fit</source>
        <translation>passende</translation>
    </message>
    <message>
        <source>stretched too</source>
        <translation>auch gestreckte</translation>
    </message>
    <message>
        <source>transparency</source>
        <translation>Transparenz</translation>
    </message>
    <message>
        <source>before</source>
        <translation>davor</translation>
    </message>
    <message>
        <source>after</source>
        <translation>dahinter</translation>
    </message>
    <message>
        <source>constant</source>
        <translation>gleichbleibend</translation>
    </message>
    <message>
        <source>in a line</source>
        <translation>in einer Geraden</translation>
    </message>
    <message>
        <source>in a curve</source>
        <translation>in einer Kurve</translation>
    </message>
    <message>
        <source>in curves</source>
        <translation>in Bögen</translation>
    </message>
    <message>
        <source>squared</source>
        <translation>im Quadrat</translation>
    </message>
    <message>
        <source>Huber</source>
        <translation>Huber</translation>
    </message>
    <message>
        <source>all alike</source>
        <translation>alle gleich</translation>
    </message>
    <message>
        <source>more in the middle</source>
        <translation>mehr in der Mitte</translation>
    </message>
    <message>
        <source>Only counts on an NVIDIA card.</source>
        <translation>Zählt nur auf einer NVIDIA-Karte.</translation>
    </message>
    <message>
        <source>Only counts for fast steps.</source>
        <translation>Zählt nur bei schnellen Schritten.</translation>
    </message>
    <message>
        <source>Only counts for a single card.</source>
        <translation>Zählt nur bei einer einzelnen Karte.</translation>
    </message>
    <message>
        <source>This computer has no second NVIDIA card.</source>
        <translation>Dieser Computer hat keine zweite NVIDIA-Karte.</translation>
    </message>
    <message>
        <source>Only counts while masks are used.</source>
        <translation>Zählt nur, wenn Masken verwendet werden.</translation>
    </message>
    <message>
        <source>Only counts with pictures of the kind.</source>
        <translation>Zählt nur mit Bildern der Art.</translation>
    </message>
    <message>
        <source>Only counts while the text encoder is trained.</source>
        <translation>Zählt nur, wenn der Textteil trainiert wird.</translation>
    </message>
    <message>
        <source>Prodigy finds its own rate.</source>
        <translation>Prodigy findet seine Lernrate selbst.</translation>
    </message>
    <message>
        <source>This optimiser has its own.</source>
        <translation>Dieser Optimierer hat eigene.</translation>
    </message>
    <message>
        <source>Only counts for LoKr.</source>
        <translation>Zählt nur für LoKr.</translation>
    </message>
    <message>
        <source>Schedule-free keeps its rate.</source>
        <translation>Schedule-free behält seine Lernrate.</translation>
    </message>
    <message>
        <source>Only counts for a rate that falls in curves.</source>
        <translation>Zählt nur für eine Lernrate, die in Bögen fällt.</translation>
    </message>
    <message>
        <source>The warm-up steps below decide.</source>
        <translation>Die Aufwärmschritte darunter entscheiden.</translation>
    </message>
    <message>
        <source>Only counts while tags are shuffled.</source>
        <translation>Zählt nur, solange Tags gemischt werden.</translation>
    </message>
    <message>
        <source>Only counts for Huber.</source>
        <translation>Zählt nur bei Huber.</translation>
    </message>
    <message>
        <source>Only counts while the middle is trained more.</source>
        <translation>Zählt nur, solange die Mitte mehr trainiert wird.</translation>
    </message>
    <message>
        <source>Only counts while samples are drawn.</source>
        <translation>Zählt nur, wenn Probebilder gezeichnet werden.</translation>
    </message>
    <message>
        <source>on</source>
        <translation>ein</translation>
    </message>
    <message>
        <source>Settings stand between { and }.</source>
        <translation>Einstellungen stehen zwischen { und }.</translation>
    </message>
    <message>
        <source>The text is nested too deeply.</source>
        <translation>Der Text ist zu tief verschachtelt.</translation>
    </message>
    <message>
        <source>There is no setting called “{path}”.</source>
        <translation>Es gibt keine Einstellung namens „{path}“.</translation>
    </message>
    <message>
        <source>{low} to {high}</source>
        <translation>{low} bis {high}</translation>
    </message>
    <message>
        <source>{range} in steps of {step}</source>
        <translation>{range} in Schritten von {step}</translation>
    </message>
    <message>
        <source>needs a Mac</source>
        <translation>braucht einen Mac</translation>
    </message>
    <message>
        <source>needs a card from 2020 or later</source>
        <translation>braucht eine Karte ab 2020</translation>
    </message>
    <message>
        <source>Type a number, {range}.</source>
        <translation>Eine Zahl eintippen, {range}.</translation>
    </message>
    <message>
        <source>“{path}” is chosen on the page.</source>
        <translation>„{path}“ wird auf der Seite gewählt.</translation>
    </message>
    <message>
        <source>The nearest one is “{path}”.</source>
        <translation>Am nächsten kommt „{path}“.</translation>
    </message>
    <message>
        <source>over {low}</source>
        <translation>über {low}</translation>
    </message>
    <message>
        <source>under {high}</source>
        <translation>unter {high}</translation>
    </message>
    <message>
        <source>Line {line} is not JSON: {problem}.</source>
        <translation>Zeile {line} ist kein JSON: {problem}.</translation>
    </message>
    <message>
        <source>Trigger word</source>
        <translation>Auslösewort</translation>
    </message>
    <message>
        <source>How thorough?</source>
        <translation>Wie gründlich?</translation>
    </message>
    <message>
        <source>Sample prompts</source>
        <translation>Probeprompts</translation>
    </message>
    <message>
        <source>The same prompts are drawn before training and after every epoch. Leave the trigger word out of one, to see what else the adapter changes.</source>
        <translation>Dieselben Prompts werden vor dem Training und nach jeder Epoche gezeichnet. In einem das Auslösewort weglassen zeigt, was der Adapter sonst noch verändert.</translation>
    </message>
    <message>
        <source>Edit as text</source>
        <translation>Als Text bearbeiten</translation>
    </message>
    <message>
        <source>Every setting of Advanced as JSON. A line that is taken out goes back to its usual value.</source>
        <translation>Alle erweiterten Einstellungen als JSON. Eine gelöschte Zeile bekommt wieder ihren üblichen Wert.</translation>
    </message>
    <message>
        <source>Save as preset</source>
        <translation>Als Vorlage speichern</translation>
    </message>
    <message>
        <source>Keeps kind, length and your changed settings. Pictures, trigger word and prompts stay out of it.</source>
        <translation>Behält Art, Länge und geänderte Einstellungen. Bilder, Auslösewort und Prompts bleiben draußen.</translation>
    </message>
    <message>
        <source>Open a recipe</source>
        <translation>Rezept öffnen</translation>
    </message>
    <message>
        <source>You see what would change before anything does.</source>
        <translation>Was sich ändern würde, ist vorher zu sehen.</translation>
    </message>
    <message>
        <source>Your pictures, captions, trigger word and prompts stay as they are.</source>
        <translation>Bilder, Beschreibungen, Auslösewort und Prompts bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>Use the recipe “{name}”?</source>
        <translation>Rezept „{name}“ verwenden?</translation>
    </message>
</context>
<context>
    <name>settings</name>
    <message>
        <source>GB</source>
        <translation>GB</translation>
    </message>
</context>
<context>
    <name>shortcuts</name>
    <message>
        <source>Press the keys you want.</source>
        <translation>Die gewünschten Tasten drücken.</translation>
    </message>
    <message>
        <source>Choose one key, with Ctrl, Alt or Shift if you like.</source>
        <translation>Eine Taste wählen, gern mit Strg, Alt oder Umschalt.</translation>
    </message>
    <message>
        <source>Go to Images</source>
        <translation>Zu den Bildern</translation>
    </message>
    <message>
        <source>Go to Recipe</source>
        <translation>Zum Rezept</translation>
    </message>
    <message>
        <source>Go to Train</source>
        <translation>Zum Training</translation>
    </message>
    <message>
        <source>Go to Compare</source>
        <translation>Zum Vergleich</translation>
    </message>
    <message>
        <source>Go to Export</source>
        <translation>Zum Export</translation>
    </message>
    <message>
        <source>Do the main action of this place</source>
        <translation>Die Hauptsache dieser Seite tun</translation>
    </message>
    <message>
        <source>New project</source>
        <translation>Neues Projekt</translation>
    </message>
    <message>
        <source>Open a project</source>
        <translation>Projekt öffnen</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message numerus="yes">
        <source>Give %n star(s)</source>
        <translation>
            <numerusform>%n Stern geben</numerusform>
            <numerusform>%n Sterne geben</numerusform>
        </translation>
    </message>
    <message>
        <source>Everywhere</source>
        <translation>Überall</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>A large picture</source>
        <translation>Ein großes Bild</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Warteschlange</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>Bibliothek</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>This key has other work here. Choose another, or add Ctrl or Alt.</source>
        <translation>Diese Taste hat hier eine andere Aufgabe. Eine andere wählen, oder Strg oder Alt dazunehmen.</translation>
    </message>
    <message>
        <source>no key</source>
        <translation>keine Taste</translation>
    </message>
    <message>
        <source>Help for this place</source>
        <translation>Hilfe zu dieser Seite</translation>
    </message>
    <message>
        <source>This list</source>
        <translation>Diese Liste</translation>
    </message>
    <message>
        <source>Picture before</source>
        <translation>Voriges Bild</translation>
    </message>
    <message>
        <source>Next picture</source>
        <translation>Nächstes Bild</translation>
    </message>
    <message>
        <source>Close the large picture</source>
        <translation>Das große Bild schließen</translation>
    </message>
    <message>
        <source>Look at single pixels, or at the whole</source>
        <translation>Einzelne Pixel ansehen, oder das Ganze</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>Vergrößern</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>Verkleinern</translation>
    </message>
    <message>
        <source>Move the job up</source>
        <translation>Den Auftrag nach oben schieben</translation>
    </message>
    <message>
        <source>Move the job down</source>
        <translation>Den Auftrag nach unten schieben</translation>
    </message>
    <message>
        <source>Open the job</source>
        <translation>Den Auftrag öffnen</translation>
    </message>
    <message>
        <source>Take the job out of the queue</source>
        <translation>Den Auftrag aus der Warteschlange nehmen</translation>
    </message>
    <message>
        <source>Open what is chosen in the library</source>
        <translation>Das in der Bibliothek Gewählte öffnen</translation>
    </message>
    <message>
        <source>Show the sample in Compare</source>
        <translation>Das Probebild im Vergleich zeigen</translation>
    </message>
    <message>
        <source>Copy the file of a card</source>
        <translation>Die Datei einer Karte kopieren</translation>
    </message>
    <message>
        <source>Take the last change back</source>
        <translation>Die letzte Änderung zurücknehmen</translation>
    </message>
    <message>
        <source>Do it again</source>
        <translation>Sie wiederholen</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Show the caption as tags or as text</source>
        <translation>Die Beschreibung als Schlagwörter oder als Text zeigen</translation>
    </message>
    <message>
        <source>Show the picture large</source>
        <translation>Das Bild groß zeigen</translation>
    </message>
    <message>
        <source>Edit the caption</source>
        <translation>Die Beschreibung bearbeiten</translation>
    </message>
    <message>
        <source>Leave the picture out, or take it in again</source>
        <translation>Das Bild weglassen oder wieder aufnehmen</translation>
    </message>
    <message>
        <source>Next picture that needs a look</source>
        <translation>Nächstes Bild, das zu prüfen ist</translation>
    </message>
    <message>
        <source>First choice of a review</source>
        <translation>Erste Wahl einer Durchsicht</translation>
    </message>
    <message>
        <source>Second choice of a review</source>
        <translation>Zweite Wahl einer Durchsicht</translation>
    </message>
    <message>
        <source>Third choice of a review</source>
        <translation>Dritte Wahl einer Durchsicht</translation>
    </message>
    <message>
        <source>While held: show the left picture</source>
        <translation>Gehalten: das linke Bild zeigen</translation>
    </message>
    <message>
        <source>Show it large, or draw what is missing</source>
        <translation>Es groß zeigen, oder zeichnen, was fehlt</translation>
    </message>
    <message>
        <source>Pick the epoch</source>
        <translation>Die Epoche auswählen</translation>
    </message>
    <message>
        <source>Epoch before, in the large view</source>
        <translation>Vorige Epoche, in der großen Ansicht</translation>
    </message>
    <message>
        <source>Epoch after, in the large view</source>
        <translation>Nächste Epoche, in der großen Ansicht</translation>
    </message>
    <message>
        <source>Prompt above, in the large view</source>
        <translation>Voriger Prompt, in der großen Ansicht</translation>
    </message>
    <message>
        <source>Prompt below, in the large view</source>
        <translation>Nächster Prompt, in der großen Ansicht</translation>
    </message>
    <message>
        <source>“{action}” has these keys already.</source>
        <translation>„{action}“ hat diese Tasten schon.</translation>
    </message>
</context>
<context>
    <name>tools</name>
    <message>
        <source>Every number was read back and compared.</source>
        <translation>Jede Zahl wurde zurückgelesen und verglichen.</translation>
    </message>
    <message>
        <source>It keeps {share} of the change; the layer that lost most keeps {worst}.</source>
        <translation>Sie behält {share} der Änderung; die Schicht, die am meisten verlor, behält {worst}.</translation>
    </message>
    <message>
        <source>Convert</source>
        <translation>Umwandeln</translation>
    </message>
    <message>
        <source>The Practice base is part of the app.</source>
        <translation>Die Übungsbasis ist Teil der App.</translation>
    </message>
    <message>
        <source>{name} is {its}, and {family} is needed.</source>
        <translation>{name} ist {its}, gebraucht wird {family}.</translation>
    </message>
    <message>
        <source>{name}: {reason}</source>
        <translation>{name}: {reason}</translation>
    </message>
    <message>
        <source>It differs by {error} from what the file did; the worst layer by {worst}.</source>
        <translation>Sie weicht um {error} von dem ab, was die Datei tat; die schlechteste Schicht um {worst}.</translation>
    </message>
    <message>
        <source>Make smaller</source>
        <translation>Verkleinern</translation>
    </message>
    <message>
        <source>Merge</source>
        <translation>Verschmelzen</translation>
    </message>
    <message>
        <source>Bake in</source>
        <translation>Einrechnen</translation>
    </message>
    <message>
        <source>Edit details</source>
        <translation>Angaben ändern</translation>
    </message>
    <message>
        <source>Extract from two bases</source>
        <translation>Aus zwei Basismodellen gewinnen</translation>
    </message>
    <message>
        <source>Make it plain</source>
        <translation>In einfaches LoRA umwandeln</translation>
    </message>
    <message>
        <source>Extract</source>
        <translation>Gewinnen</translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s) changed.</source>
        <translation>
            <numerusform>%n Schicht geändert.</numerusform>
            <numerusform>%n Schichten geändert.</numerusform>
        </translation>
    </message>
    <message>
        <source>LoRA with a core (Tucker)</source>
        <translation>LoRA mit einem Kern (Tucker)</translation>
    </message>
    <message>
        <source>whole differences</source>
        <translation>ganze Unterschiede</translation>
    </message>
    <message>
        <source>norm layers</source>
        <translation>Norm-Schichten</translation>
    </message>
    <message>
        <source>{number} %</source>
        <translation>{number} %</translation>
    </message>
    <message>
        <source>Every changed file was read back and compared; the others are copies.</source>
        <translation>Jede geänderte Datei wurde zurückgelesen und verglichen; die anderen sind Kopien.</translation>
    </message>
    <message numerus="yes">
        <source>Left out, because no LoRA can hold it: %n bias(es) or norm(s).</source>
        <translation>
            <numerusform>Weggelassen, weil kein LoRA das fassen kann: %n Bias- oder Norm-Wert.</numerusform>
            <numerusform>Weggelassen, weil kein LoRA das fassen kann: %n Bias- oder Norm-Werte.</numerusform>
        </translation>
    </message>
    <message>
        <source>Rank {rank}</source>
        <translation>Rang {rank}</translation>
    </message>
    <message>
        <source>It keeps {share} of the difference in these layers; the worst {worst}.</source>
        <translation>Sie behält {share} des Unterschieds in diesen Schichten; die schlechteste {worst}.</translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s) do not differ and are left out.</source>
        <translation>
            <numerusform>%n Schicht ist gleich und wird weggelassen.</numerusform>
            <numerusform>%n Schichten sind gleich und werden weggelassen.</numerusform>
        </translation>
    </message>
    <message>
        <source>A new base model is written that draws as this one does with the adapters switched on.</source>
        <translation>Ein neues Basismodell wird geschrieben, das so zeichnet wie dieses mit eingeschalteten Adaptern.</translation>
    </message>
    <message>
        <source>Everything that the files change is added up. A strength of 1 counts as it was trained, 0.5 half as much. All must be for the same base model.</source>
        <translation>Alles, was die Dateien ändern, wird addiert. Stärke 1 zählt wie trainiert, 0,5 halb so viel. Alle müssen für dasselbe Basismodell sein.</translation>
    </message>
    <message>
        <source>Tools for adapters</source>
        <translation>Werkzeuge für Adapter</translation>
    </message>
    <message>
        <source>A new file is made. Yours stay as they are.</source>
        <translation>Eine neue Datei entsteht. Die vorhandenen bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>Tool</source>
        <translation>Werkzeug</translation>
    </message>
</context>
<context>
    <name>workspace</name>
    <message numerus="yes">
        <source>%n caption(s) (belongs|belong) to no picture here.</source>
        <translation>
            <numerusform>%n Beschreibung gehört hier zu keinem Bild.</numerusform>
            <numerusform>%n Beschreibungen gehören hier zu keinem Bild.</numerusform>
        </translation>
    </message>
    <message>
        <source>A caption file has its picture&apos;s name. Rename it, or choose the picture and paste the text.</source>
        <translation>Eine Beschreibungsdatei heißt wie ihr Bild. Die Datei umbenennen, oder das Bild wählen und den Text einfügen.</translation>
    </message>
    <message>
        <source>It holds more than 64 KB of text. Nothing was changed.</source>
        <translation>Sie enthält mehr als 64 KB Text. Nichts wurde geändert.</translation>
    </message>
    <message>
        <source>Drop the text files that belong to your pictures.</source>
        <translation>Die Textdateien ablegen, die zu den Bildern gehören.</translation>
    </message>
    <message>
        <source>{names} and {count} more</source>
        <translation>{names} und {count} weitere</translation>
    </message>
    <message>
        <source>{name} is no caption.</source>
        <translation>{name} ist keine Beschreibung.</translation>
    </message>
</context>
</TS>
