// Explain a large file in parts that share one folder: nextflow run main.nf --data promoters.fa --run /shared/run/
// A part that is stopped is started again by -resume or by its retry, and goes on where it stopped.
nextflow.enable.dsl = 2

params.model = 'demo'
params.data = 'promoters.fa'
params.run = "${launchDir}/run/"
params.parts = 4

process part {
    errorStrategy 'retry'
    maxRetries 3

    input:
    val number
    path data

    output:
    val number

    script:
    """
    captum-dna attribute ${params.model} ${data} --out ${params.run} --part ${number}/${params.parts}
    """
}

process check {
    input:
    val finished

    output:
    stdout

    script:
    """
    captum-dna status ${params.run}
    """
}

workflow {
    parts = Channel.of(0..<params.parts)
    check(part(parts, file(params.data)).collect()) | view
}
